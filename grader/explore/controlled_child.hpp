#pragma once

#include <sys/resource.h>

#include <vector>

namespace grader {

/// What a forked child becomes: the warm parent of a program's runs. Made before the fork.
struct ChildSetup {
  char* const* arguments;
  char* const* environment;
  const char* directory;
  int input;
  int output;
  int errors;
  int status;  ///< where errno goes when it cannot be executed
  bool untrusted;
  bool enclosed;
  rlim_t data_bytes;  ///< 0: no limit
  rlim_t file_bytes;  ///< 0: no limit
  std::vector<int> kept_fds;
  std::vector<int> group_fds;
};

/// Between fork and exec: only calls that are safe there. Writes errno to `setup.status`, and ends
/// with status 127, when the program cannot be executed or shut in.
[[noreturn]] void become_program(const ChildSetup& setup);

}  // namespace grader
