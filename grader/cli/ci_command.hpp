#pragma once

#include <filesystem>
#include <string>

#include "batch/grading.hpp"

namespace grader {

struct CiArguments {
  std::filesystem::path root;        ///< the course: exercises with their rubrics, and this grader
  std::filesystem::path repository;  ///< checkout with the student's commits; empty: the root
  std::string base;                  ///< revision that the work started from
  std::filesystem::path junit;       ///< where a JUnit report goes; empty: none is written
  GradeOptions options;
  bool colour = false;
};

/// `grader ci`: grades the exercises whose files changed since `base` in the repository. On GitHub
/// (GITHUB_ACTIONS=true) it also prints annotations, and appends to the job summary. Returns the
/// worst exit status of the gradings, 0 when no exercise changed, 2 when git does not know `base`.
int run_ci(const CiArguments& arguments);

}  // namespace grader
