#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>

namespace grader::sandbox {

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
