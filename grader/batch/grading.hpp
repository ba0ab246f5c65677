#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/build_result.hpp"
#include "model/grade.hpp"
#include "model/observation.hpp"
#include "model/rubric.hpp"
#include "model/submission.hpp"
#include "model/workspace.hpp"
#include "workspace/prepare.hpp"

namespace grader {

/// Where the grader finds its own things. See find_installation.
struct Installation {
  std::filesystem::path root;       ///< holds exercises/ and grader/
  std::filesystem::path libraries;  ///< libharness.a, libgrader_runtime.so, light/libtsan.so.2, …
  std::filesystem::path cache;      ///< what is built once an exercise
};

enum class SandboxMode { automatic, required, off };

/// What the command line says about a grading; unset members leave the rubric's word.
struct GradeOptions {
  std::optional<std::uint64_t> schedules;
  std::optional<std::uint64_t> seed;
  unsigned jobs = 0;  ///< runs side by side; 0: one a core
  SandboxMode sandbox = SandboxMode::automatic;
  bool explain_failures = true;                    ///< false: the verdicts alone, in less time
  std::function<void(std::string_view)> progress;  ///< told what is being done; may be empty
  protocol::Mutation mutation;         ///< sync mutants: what the runtime does to one call
  bool stop_at_first_failure = false;  ///< no further scenario once a run has failed
  std::function<void(const Observation&)> observe;  ///< told of each run; may be empty
};

/// An exercise with the rubric that grades it.
struct LoadedExercise {
  Exercise exercise;
  Rubric rubric;
};

/// Finds the installation from `root` (or, when empty, from the current directory and the
/// executable's place upwards).
Result<Installation> find_installation(const std::filesystem::path& root);

/// The exercises that `names` (slugs or numbers) select, all of them when empty, in the order of
/// the course, each with its rubric. An invalid rubric is an ErrorKind::invalid_rubric whose
/// message lists every problem.
Result<std::vector<LoadedExercise>> load_exercises(const Installation& installation,
                                                   const std::vector<std::string>& names);

/// Prepares, builds, explores, checks and scores one submission. Never fails: what the grader
/// could not do is a Grade that is withheld and says why.
Grade grade_submission(const Installation& installation, const LoadedExercise& exercise,
                       const Submission& submission, const GradeOptions& options);

/// A submission, compiled for its exercise.
struct BuiltSubmission {
  PreparedWorkspace workspace;
  BuildResult result = BuildFailed{"nothing was built"};
  std::int64_t build_ms = 0;
};

/// Prepares and builds one submission, to be graded several times.
BuiltSubmission build_for_grading(const Installation& installation, const LoadedExercise& exercise,
                                  const Submission& submission, const GradeOptions& options);

/// The rest of grade_submission. Where runs are not isolated, those of several gradings at a time
/// of one `built` see each other's files.
Grade grade_built(const Installation& installation, const LoadedExercise& exercise,
                  const Submission& submission, const BuiltSubmission& built,
                  const GradeOptions& options);

/// Exit status of a grading (design section 7): 0, 1, 3, or 70.
int exit_status(const Grade& grade);

}  // namespace grader
