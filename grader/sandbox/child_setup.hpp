#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>

namespace grader::sandbox {

/// Processes of an enclosure that are not the program's: the wrapper's and the first one inside.
constexpr int kOwnProcesses = 4;

/// All that the child needs between fork and exec, prepared before: there it may allocate nothing.
struct ChildPlan {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* working_directory = nullptr;
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  pid_t parent = 0;  ///< whose death kills the child
  rlim_t cpu_s = 0;
  rlim_t file_bytes = 0;
  rlim_t processes = 0;  ///< of this user in this user name space, threads too; 0: no limit
  const int* group_fds = nullptr;  ///< "0" written into each makes the child join a control group
  std::size_t group_count = 0;
  const int* kept_fds = nullptr;  ///< inherited by the program under the same numbers
  std::size_t kept_count = 0;
};

/// One step of the set-up. `run` returns false and leaves errno when it fails.
struct SetupStep {
  const char* name;
  bool (*run)(const ChildPlan& plan);
};

/// What a child that failed to become the program writes into its set-up pipe.
struct SetupFailure {
  int step = -1;
  int error_number = 0;
};

/// Turns the calling (freshly forked) process into the program. Returns only on failure.
SetupFailure become_program(const ChildPlan& plan);

/// "starting the program" for a step number of SetupFailure.
const char* setup_step_name(int step);

}  // namespace grader::sandbox
