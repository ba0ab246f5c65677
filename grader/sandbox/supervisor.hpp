#pragma once

#include <cstdint>

#include "sandbox/child_setup.hpp"

namespace grader::sandbox {

/// What the supervisor tells the grader when the run is over, and nothing of it is left.
struct SupervisorReport {
  SetupFailure setup;          ///< step -1: the program was started
  int wait_status = 0;         ///< of the program
  bool killed_for_us = false;  ///< it ended because the grader asked for it
  std::uint32_t kernel_pid = 0;
  std::uint64_t zombies = 0;
  std::uint64_t orphans = 0;
  std::int64_t cpu_us = 0;
};

/// The supervisor's ends of the pipes to the grader.
struct SupervisorPipes {
  int control = -1;  ///< a byte, or the end of the file: kill the run
  int result = -1;   ///< one SupervisorReport
};

/// Runs `plan` as the child of the calling, freshly forked process; kills and reaps everything that
/// is left of it, reports, and ends the process. Allocates nothing: the grader has threads.
[[noreturn]] void supervise(ChildPlan plan, const SupervisorPipes& pipes);

}  // namespace grader::sandbox
