#pragma once

#include <filesystem>
#include <string>

#include "batch/grading.hpp"

namespace grader {

struct BatchArguments {
  std::filesystem::path root;
  std::filesystem::path submissions;  ///< a folder of submissions, or an archive of one
  std::string exercise;               ///< slug or number
  std::filesystem::path output;
  bool resume = false;   ///< go on with what `output` holds, instead of refusing it
  GradeOptions options;  ///< `jobs`: submissions graded side by side; 0: one a core
  bool colour = false;
  bool progress = false;  ///< standard error is a terminal: keep a progress line there
};

/// `grader batch`: grades every submission of a folder and leaves a report each, grades.csv and the
/// journal grades.db in `output`. One bad submission never stops the rest. Returns the worst exit
/// status of the gradings (70 before 3 before 1), 2 for arguments that do not fit, 130 when
/// interrupted: then all that was done is saved, and --resume goes on.
int run_batch(const BatchArguments& arguments);

}  // namespace grader
