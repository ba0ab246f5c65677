// What the compiler's -fsanitize=thread puts before each plain access. With the real
// ThreadSanitizer behind, the call goes on to it as a jump, so that its reports show the program's
// frames; with the light library there is nobody to tell.
#include <cstddef>

#include "runtime/memory_point.hpp"
#include "runtime/next_definition.hpp"

namespace {

using grader::runtime::access_point;
using grader::runtime::controlled;
using grader::runtime::local;
using grader::runtime::Thread;

inline void point(const volatile void* address, bool is_write, const void* caller) {
  if (__builtin_expect(local.points != grader::protocol::Points::accesses, 1)) return;
  Thread* self = controlled();
  if (self != nullptr) access_point(*self, address, is_write, caller);
}

}  // namespace

#define GRADER_ACCESS(name, is_write)                         \
  extern "C" void name(void* address);                        \
  GRADER_INTERPOSED void name(void* address) {                \
    point(address, is_write, __builtin_return_address(0));    \
    if (__builtin_expect(!local.thread_sanitizer, 1)) return; \
    return NEXT(name)(address);                               \
  }

#define GRADER_RANGE(name, is_write)                             \
  extern "C" void name(void* address, std::size_t size);         \
  GRADER_INTERPOSED void name(void* address, std::size_t size) { \
    point(address, is_write, __builtin_return_address(0));       \
    if (__builtin_expect(!local.thread_sanitizer, 1)) return;    \
    return NEXT(name)(address, size);                            \
  }

GRADER_ACCESS(__tsan_read1, false)
GRADER_ACCESS(__tsan_read2, false)
GRADER_ACCESS(__tsan_read4, false)
GRADER_ACCESS(__tsan_read8, false)
GRADER_ACCESS(__tsan_read16, false)
GRADER_ACCESS(__tsan_write1, true)
GRADER_ACCESS(__tsan_write2, true)
GRADER_ACCESS(__tsan_write4, true)
GRADER_ACCESS(__tsan_write8, true)
GRADER_ACCESS(__tsan_write16, true)
GRADER_ACCESS(__tsan_unaligned_read2, false)
GRADER_ACCESS(__tsan_unaligned_read4, false)
GRADER_ACCESS(__tsan_unaligned_read8, false)
GRADER_ACCESS(__tsan_unaligned_read16, false)
GRADER_ACCESS(__tsan_unaligned_write2, true)
GRADER_ACCESS(__tsan_unaligned_write4, true)
GRADER_ACCESS(__tsan_unaligned_write8, true)
GRADER_ACCESS(__tsan_unaligned_write16, true)
GRADER_ACCESS(__tsan_volatile_read1, false)
GRADER_ACCESS(__tsan_volatile_read2, false)
GRADER_ACCESS(__tsan_volatile_read4, false)
GRADER_ACCESS(__tsan_volatile_read8, false)
GRADER_ACCESS(__tsan_volatile_read16, false)
GRADER_ACCESS(__tsan_volatile_write1, true)
GRADER_ACCESS(__tsan_volatile_write2, true)
GRADER_ACCESS(__tsan_volatile_write4, true)
GRADER_ACCESS(__tsan_volatile_write8, true)
GRADER_ACCESS(__tsan_volatile_write16, true)
GRADER_RANGE(__tsan_read_range, false)
GRADER_RANGE(__tsan_write_range, true)
