#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "build/build_settings.hpp"
#include "build/flavour.hpp"
#include "model/workspace.hpp"

namespace grader {

/// The side of an exercise that is built once: everything but the student's files.
struct ExerciseBuild {
  std::filesystem::path program;            ///< the scenarios, linked against a stand-in
  std::filesystem::path prelude;            ///< header whose precompiled form lies beside it
  std::vector<std::string> scenarios;       ///< "Suite.Name", in the order of the sources
  std::vector<std::string> required;        ///< mangled names that a submission must define
  Flavour flavour = Flavour::instrumented;  ///< what a submission for it is compiled as
};

/// Builds it, or takes it from the cache, whose key is the content of all that goes in: scenarios,
/// headers, harness, flags, compiler; not the files that a student changes. Safe for several
/// threads and processes at once. An exercise that does not build is an ErrorKind::invalid_rubric
/// with the compiler's words.
Result<ExerciseBuild> build_exercise(const Exercise& exercise, const BuildSettings& settings);

/// The same without instrumentation, as a program of Google Benchmark that measures a scenario of
/// `exercise.scenarios`, which may be some of the sources only. `judged` is what build_exercise
/// made of all of them.
Result<ExerciseBuild> build_benchmarks(const Exercise& exercise, const ExerciseBuild& judged,
                                       const BuildSettings& settings);

}  // namespace grader
