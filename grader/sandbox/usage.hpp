#pragma once

#include <sys/types.h>

#include <cstdint>

namespace grader::sandbox {

/// What the descendants of a process use at one moment, without the process itself.
struct Usage {
  std::int64_t memory_bytes = 0;  ///< resident; pages that two of them share count twice
  std::int64_t cpu_ms = 0;        ///< of those alive, and of what they have reaped
  std::int64_t processes = 0;
};

/// Read from /proc; what ends meanwhile is left out. `pid` is a process that this one has forked: a
/// child of it that has not executed anything yet counts without memory, which is this one's.
Usage usage_of_descendants(pid_t pid);

}  // namespace grader::sandbox
