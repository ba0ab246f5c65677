#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "batch/grading.hpp"

namespace grader {

struct CheckArguments {
  std::filesystem::path root;
  std::vector<std::string> exercises;  ///< slugs or numbers; empty: all
  std::filesystem::path submission;    ///< empty: the working copy under exercises/
  std::vector<std::string> formats;    ///< terminal, json, junit, markdown, github, html
  std::filesystem::path output;        ///< where the formats other than `terminal` go
  GradeOptions options;
  bool colour = false;    ///< standard output is a terminal that wants colours
  bool progress = false;  ///< standard error is a terminal: show what is being done
  unsigned width = 100;   ///< columns of the terminal
};

/// `grader check`. Returns the exit status: the worst of all exercises'.
int run_check(const CheckArguments& arguments);

/// The worse of two exit statuses: own fault, then invalid rubric, does not build, below, pass.
int worse_exit_status(int a, int b);

}  // namespace grader
