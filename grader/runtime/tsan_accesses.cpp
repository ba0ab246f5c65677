// What the compiler's -fsanitize=thread puts before each plain access. With the real
// ThreadSanitizer behind, the call goes on to it as a jump, so that its reports show the program's
// frames; with the light library there is nobody to tell.
#include <cstddef>

#include "runtime/location.hpp"
#include "runtime/memory_point.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/shared_accesses.hpp"

namespace {

using grader::runtime::access_point;
using grader::runtime::controlled;
using grader::runtime::local;
using grader::runtime::location_of_caller;
using grader::runtime::may_be_shared;
using grader::runtime::note_shared_access;
using grader::runtime::Thread;

void note_shared(const volatile void* address, std::size_t size, bool is_write,
                 const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return;
  note_shared_access(*self, address, size, is_write, location_of_caller(caller));
}

inline void point(const volatile void* address, std::size_t size, bool is_write,
                  const void* caller) {
  if (__builtin_expect(local.points == grader::protocol::Points::accesses, 0)) {
    Thread* self = controlled();
    if (self != nullptr) access_point(*self, address, is_write, caller);
  }
  if (__builtin_expect(may_be_shared(address), 0)) note_shared(address, size, is_write, caller);
}

}  // namespace

#define GRADER_ACCESS(name, size, is_write)                      \
  extern "C" void name(void* address);                           \
  GRADER_INTERPOSED void name(void* address) {                   \
    point(address, size, is_write, __builtin_return_address(0)); \
    if (__builtin_expect(!local.thread_sanitizer, 1)) return;    \
    return NEXT(name)(address);                                  \
  }

#define GRADER_RANGE(name, is_write)                             \
  extern "C" void name(void* address, std::size_t size);         \
  GRADER_INTERPOSED void name(void* address, std::size_t size) { \
    point(address, size, is_write, __builtin_return_address(0)); \
    if (__builtin_expect(!local.thread_sanitizer, 1)) return;    \
    return NEXT(name)(address, size);                            \
  }

GRADER_ACCESS(__tsan_read1, 1, false)
GRADER_ACCESS(__tsan_read2, 2, false)
GRADER_ACCESS(__tsan_read4, 4, false)
GRADER_ACCESS(__tsan_read8, 8, false)
GRADER_ACCESS(__tsan_read16, 16, false)
GRADER_ACCESS(__tsan_write1, 1, true)
GRADER_ACCESS(__tsan_write2, 2, true)
GRADER_ACCESS(__tsan_write4, 4, true)
GRADER_ACCESS(__tsan_write8, 8, true)
GRADER_ACCESS(__tsan_write16, 16, true)
GRADER_ACCESS(__tsan_unaligned_read2, 2, false)
GRADER_ACCESS(__tsan_unaligned_read4, 4, false)
GRADER_ACCESS(__tsan_unaligned_read8, 8, false)
GRADER_ACCESS(__tsan_unaligned_read16, 16, false)
GRADER_ACCESS(__tsan_unaligned_write2, 2, true)
GRADER_ACCESS(__tsan_unaligned_write4, 4, true)
GRADER_ACCESS(__tsan_unaligned_write8, 8, true)
GRADER_ACCESS(__tsan_unaligned_write16, 16, true)
GRADER_ACCESS(__tsan_volatile_read1, 1, false)
GRADER_ACCESS(__tsan_volatile_read2, 2, false)
GRADER_ACCESS(__tsan_volatile_read4, 4, false)
GRADER_ACCESS(__tsan_volatile_read8, 8, false)
GRADER_ACCESS(__tsan_volatile_read16, 16, false)
GRADER_ACCESS(__tsan_volatile_write1, 1, true)
GRADER_ACCESS(__tsan_volatile_write2, 2, true)
GRADER_ACCESS(__tsan_volatile_write4, 4, true)
GRADER_ACCESS(__tsan_volatile_write8, 8, true)
GRADER_ACCESS(__tsan_volatile_write16, 16, true)
GRADER_RANGE(__tsan_read_range, false)
GRADER_RANGE(__tsan_write_range, true)
