#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/observation.hpp"
#include "model/rubric.hpp"

namespace grader {

/// How far a program is shut off from the machine, beyond limits and clean-up.
enum class Isolation {
  none,        ///< limits, own session, nothing outlives the run
  namespaces,  ///< no network, no other files, no other processes
};

/// One program to be run under limits. Paths are absolute.
struct ProcessRequest {
  std::vector<std::string> arguments;  ///< the program first; searched for in PATH without a slash
  std::filesystem::path working_directory;
  /// On top of PATH, HOME (the working directory) and LANG; nothing of the grader's is passed on.
  std::vector<std::pair<std::string, std::string>> environment;
  Limits limits;
  std::int64_t file_bytes_max = 0;              ///< of any file it writes; 0: limits.output_bytes
  std::vector<std::filesystem::path> readable;  ///< what isolation must show it
  std::vector<std::filesystem::path> writable;
  /// Files of the machine that it sees, and may write, under names of their own.
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> files;
  std::vector<int> inherited_fds;  ///< which the program gets under the same numbers
  Isolation isolation = Isolation::none;
};

/// How a program ended, and what it left behind.
struct ProcessOutcome {
  /// Exited, Signalled or LimitExceeded say something about the program; SandboxFailed about us.
  Termination termination = SandboxFailed{"it was never started"};
  std::string stdout_text;
  std::string stderr_text;
  std::uint64_t zombies = 0;     ///< children that had ended and were not reaped when it ended
  std::uint64_t orphans = 0;     ///< descendants still alive when it ended (they were killed)
  std::uint32_t kernel_pid = 0;  ///< of the program, to read its native trace
  std::int64_t cpu_us = 0;       ///< of the program and all descendants
  std::int64_t wall_us = 0;
};

/// Runs a program to its end. The stages get the sandbox as such a function, so that none of them
/// includes it; safe to call from several threads.
using RunProcess = std::function<ProcessOutcome(const ProcessRequest&)>;

}  // namespace grader
