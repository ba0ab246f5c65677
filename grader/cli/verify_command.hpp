#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "batch/grading.hpp"

namespace grader {

struct VerifyArguments {
  std::filesystem::path root;
  std::vector<std::string> exercises;  ///< empty: all
  GradeOptions options;
  std::vector<std::uint64_t> seeds;   ///< each variant is graded with each; empty: the rubric's
  std::vector<std::string> variants;  ///< only those whose names begin so; empty: all
  bool mutants = false;               ///< sync mutants of the reference too
  bool only_mutants = false;          ///< and nothing else
  bool colour = false;
};

/// `grader verify`: grades every variant of each exercise and compares with what it must get.
/// Returns 0 when all agree, 1 when something does not, 4 for an invalid rubric or expectation, 70
/// for the grader's own fault.
int run_verify(const VerifyArguments& arguments);

}  // namespace grader
