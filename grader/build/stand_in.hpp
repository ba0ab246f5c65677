#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// The mangled names that a shared object of scenarios, harness and GoogleTest needs and that no
/// library of the system gives: what a submission must define. Sorted.
Result<std::vector<std::string>> names_left_to_submission(const std::filesystem::path& object);

/// Assembly of a library that defines `names` and nothing else. The scenarios are linked against
/// it, never against the files under exercises/: those are the student's to change, and to break.
/// None of its functions may be called.
std::string stand_in_assembly(const std::vector<std::string>& names);

}  // namespace grader
