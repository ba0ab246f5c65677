#pragma once

#include <filesystem>
#include <string>

namespace grader {

struct ReplayArguments {
  std::string replay;                ///< the word that a report printed
  std::filesystem::path root;        ///< the course's folder; empty: found from here
  std::filesystem::path submission;  ///< of an exercise's scenario; empty: as the word says
  bool gdb = false;                  ///< stop in the debugger at the step where it fails
  bool colour = false;
  unsigned width = 100;
};

/// `grader replay`: performs one schedule again and shows it. Returns 1 when it fails again, 0 when
/// it does not, 2 when the word makes no sense or what it names is not there, 3 when that does not
/// compile, 70 for the grader's own fault.
int run_replay(const ReplayArguments& arguments);

}  // namespace grader
