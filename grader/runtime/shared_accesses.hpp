#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/local.hpp"

namespace grader::runtime {

// Races on memory that several processes share: ThreadSanitizer sees one process, and no tool looks
// across. What is verified: two processes access the same bytes, at least one of them writes,
// neither is an atomic access, and the first has done nothing since by which anything could be
// ordered after its access. So each report is a race by C++'s happens-before. What is not: an
// access is remembered until its thread's next step, so a run shows the races that overlap in it;
// others show in other schedules. Code that was compiled without -fsanitize=thread is not seen, nor
// is what lies beyond the first kSharedBytesWatched bytes.

constexpr std::size_t kSharedBytesWatched = 4U << 20U;

/// Everything that processes share lies in between, seen from this process.
struct SharedSpan {
  std::uintptr_t begin = 0;
  std::uintptr_t size = 0;
};
extern SharedSpan shared_span;

/// False for most memory that is not shared, at once.
inline bool may_be_shared(const volatile void* address) {
  return reinterpret_cast<std::uintptr_t>(address) - shared_span.begin < shared_span.size;
}

/// A plain access of the program's to memory that may be shared, before it is made.
void note_shared_access(Thread& self, const volatile void* address, std::size_t size, bool is_write,
                        std::uint64_t location);

/// The thread does something that others could be ordered by: what it accessed before is not
/// compared with what they access from now on.
inline void begin_segment(Thread& thread) { ++thread.segment; }

}  // namespace grader::runtime
