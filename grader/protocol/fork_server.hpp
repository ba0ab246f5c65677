#pragma once

#include <cstdint>

namespace grader::protocol {

// A program that was started with the runtime in front and kForkServerVariable set stays as the
// warm parent of many runs: it reads ForkRequests, forks a child for each, and answers with a
// ForkReply once the run is over and nobody of it is left. The grader resets the channel before
// each request.

/// Environment: "<request fd>,<reply fd>", both decimal.
constexpr const char* kForkServerVariable = "GRADER_FORK_SERVER";
/// Environment, with any value: the program is a harness's, and says by grader_runtime_serve() from
/// where on it is to be run many times; what it did before is done once for all runs.
constexpr const char* kForkLateVariable = "GRADER_FORK_LATE";
/// Where a program that is shut off from the machine works: a folder of its own, in memory. The
/// fork server empties it after each run.
constexpr const char* kHomeInside = "/run/student";
constexpr std::uint32_t kForkServerMagic = 0x6772'6673U;

enum class ForkCommand : std::uint32_t { go = 1, quit = 2 };

struct ForkRequest {
  std::uint32_t magic = kForkServerMagic;
  ForkCommand command = ForkCommand::go;
  std::int32_t core = -1;  ///< the run is pinned to this core; -1: not pinned
  /// CPU time of all processes of the run. Who used it up loops; who waits for so long in the
  /// kernel that nobody else runs is blocked there.
  std::uint32_t cpu_timeout_ms = 10'000;
  std::uint32_t wall_timeout_ms = 150'000;  ///< then the machine is too busy to judge the run
};

/// Why the fork server stopped a run that did not end.
enum class RunStop : std::uint32_t {
  none,
  cpu,      ///< used cpu_timeout_ms between two scheduling points
  blocked,  ///< every thread waits for something that the runtime does not control
  starved,  ///< wanted to run, and got too little of the machine for that: nobody's fault in it
};

struct ForkReply {
  std::uint32_t magic = kForkServerMagic;
  std::int32_t error = 0;        ///< errno of the fork that failed; then the rest means nothing
  std::int32_t wait_status = 0;  ///< of process 1, as waitpid gives it
  RunStop stopped = RunStop::none;
  std::uint32_t leftovers = 0;         ///< descendants still there when process 1 had ended; killed
  std::uint32_t thread_sanitizer = 0;  ///< 1: the real one is loaded, 0: the light handlers serve
  std::int64_t user_us = 0;            ///< CPU time of process 1 and what it waited for
  std::int64_t system_us = 0;
  std::int64_t peak_memory_kib = 0;
};

/// The fork server writes one reply of its own accord when it is ready for the first request.

}  // namespace grader::protocol
