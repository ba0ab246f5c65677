#pragma once

#include <filesystem>
#include <string>

namespace grader {

struct AdjustArguments {
  std::filesystem::path output;  ///< of a batch
  std::string submission;        ///< as grades.csv names it
  double points = 0;             ///< added to the score; may be negative
  int days_late = 0;             ///< replaces what was recorded before, when more than 0
  std::string who;
  std::string why;
};

/// `grader adjust`: records a change by hand beside the automatic score. Returns 0, 2 when there is
/// no such batch or submission, or nothing to record; 70 when it cannot be written.
int run_adjust(const AdjustArguments& arguments);

}  // namespace grader
