#pragma once

#include <string>

namespace grader {

struct ReplayArguments {
  std::string replay;  ///< the word that a report printed
  bool gdb = false;    ///< stop in the debugger at the step where it fails
  bool colour = false;
  unsigned width = 100;
};

/// `grader replay`: performs one schedule again and shows it. Returns 1 when it fails again, 0 when
/// it does not, 2 when the word makes no sense or what it names is not there, 3 when that does not
/// compile, 70 for the grader's own fault.
int run_replay(const ReplayArguments& arguments);

}  // namespace grader
