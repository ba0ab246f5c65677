#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "build/build_settings.hpp"
#include "build/flavour.hpp"

namespace grader {

/// Language, optimisation and instrumentation of everything that a student's code is linked with.
/// A precompiled header serves only files that are compiled with the same.
const std::vector<std::string>& common_flags(Flavour flavour);

/// Options of every link: the linker, when mold is there.
std::vector<std::string> link_flags(Flavour flavour);

/// A run of the compiler in `directory`, which may write below `writable` alone.
ProcessRequest compiler_run(const BuildSettings& settings, std::vector<std::string> arguments,
                            const std::filesystem::path& directory,
                            const std::filesystem::path& writable);

/// Runs a compiler step of the exercise's side; it must succeed. The error holds its output.
Status run_trusted(const BuildSettings& settings, const ProcessRequest& request,
                   const std::string& what);

/// Calls each step, two at a time, and gives the first error in the order of the steps.
Status run_two_at_a_time(const std::vector<std::function<Status()>>& steps);

}  // namespace grader
