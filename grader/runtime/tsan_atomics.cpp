// What the compiler's -fsanitize=thread makes of atomic operations. With the real ThreadSanitizer
// behind, it performs them; with the light library the runtime does, sequentially consistent, which
// is at least as strong as whatever was asked for: one thread runs at a time, so nothing weaker can
// be seen.
#include <cstdint>

#include "runtime/memory_point.hpp"
#include "runtime/mutation.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/thread_sanitizer.hpp"

namespace {

using grader::protocol::EventKind;
using grader::runtime::atomic_point;
using grader::runtime::is_mutating;
using grader::runtime::is_torn;
using grader::runtime::local;
using grader::runtime::note_look;
using grader::runtime::note_update;

inline bool is_light() { return __builtin_expect(!local.thread_sanitizer, 1); }

}  // namespace

#define GRADER_DECLARE(result, name, parameters) \
  extern "C" result name parameters;             \
  GRADER_INTERPOSED result name parameters

#define GRADER_LOAD(type, bits)                                                            \
  GRADER_DECLARE(type, __tsan_atomic##bits##_load, (const volatile type* at, int order)) { \
    atomic_point(at, EventKind::atomic_load, __builtin_return_address(0));                 \
    note_look(at, static_cast<std::uint64_t>(*at));                                        \
    if (is_light()) return __atomic_load_n(at, __ATOMIC_SEQ_CST);                          \
    return NEXT(__tsan_atomic##bits##_load)(at, order);                                    \
  }

#define GRADER_STORE(type, bits)                                                                   \
  GRADER_DECLARE(void, __tsan_atomic##bits##_store, (volatile type * at, type value, int order)) { \
    atomic_point(at, EventKind::atomic_store, __builtin_return_address(0));                        \
    if (is_light()) return __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                          \
    return NEXT(__tsan_atomic##bits##_store)(at, value, order);                                    \
  }

// Sync mutants: the same in two steps, each atomic for itself.
#define GRADER_LOAD_TORN(type, bits, at)              \
  (is_light() ? __atomic_load_n(at, __ATOMIC_SEQ_CST) \
              : NEXT(__tsan_atomic##bits##_load)(at, __ATOMIC_SEQ_CST))
#define GRADER_STORE_TORN(type, bits, at, value)              \
  (is_light() ? __atomic_store_n(at, value, __ATOMIC_SEQ_CST) \
              : NEXT(__tsan_atomic##bits##_store)(at, value, __ATOMIC_SEQ_CST))

#define GRADER_UPDATE(type, bits, name, builtin)                                           \
  GRADER_DECLARE(type, __tsan_atomic##bits##_##name,                                       \
                 (volatile type * at, type value, int order)) {                            \
    atomic_point(at, EventKind::atomic_update, __builtin_return_address(0));               \
    if (is_mutating()) {                                                                   \
      const type seen = GRADER_LOAD_TORN(type, bits, at);                                  \
      if (is_torn(at, __builtin_return_address(0))) {                                      \
        type updated = seen;                                                               \
        builtin(&updated, value, __ATOMIC_SEQ_CST);                                        \
        GRADER_STORE_TORN(type, bits, at, updated);                                        \
        return seen;                                                                       \
      }                                                                                    \
    }                                                                                      \
    const type before = is_light() ? builtin(at, value, __ATOMIC_SEQ_CST)                  \
                                   : NEXT(__tsan_atomic##bits##_##name)(at, value, order); \
    note_update(at, before, *at != before);                                                \
    return before;                                                                         \
  }

#define GRADER_EXCHANGE_IF(type, bits, name, is_weak)                                             \
  GRADER_DECLARE(int, __tsan_atomic##bits##_compare_exchange_##name,                              \
                 (volatile type * at, type * expected, type desired, int order, int failure)) {   \
    atomic_point(at, EventKind::atomic_update, __builtin_return_address(0));                      \
    if (is_mutating()) {                                                                          \
      const type seen = GRADER_LOAD_TORN(type, bits, at);                                         \
      if (seen == *expected && is_torn(at, __builtin_return_address(0))) {                        \
        GRADER_STORE_TORN(type, bits, at, desired);                                               \
        return 1;                                                                                 \
      }                                                                                           \
    }                                                                                             \
    const int done = is_light() ? __atomic_compare_exchange_n(at, expected, desired, is_weak,     \
                                                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) \
                                : NEXT(__tsan_atomic##bits##_compare_exchange_##name)(            \
                                      at, expected, desired, order, failure);                     \
    note_update(at, *expected, done != 0);                                                        \
    return done;                                                                                  \
  }

#define GRADER_EXCHANGE_VALUE(type, bits)                                                          \
  GRADER_DECLARE(type, __tsan_atomic##bits##_compare_exchange_val,                                 \
                 (volatile type * at, type expected, type desired, int order, int failure)) {      \
    atomic_point(at, EventKind::atomic_update, __builtin_return_address(0));                       \
    type before = expected;                                                                        \
    if (is_light()) {                                                                              \
      __atomic_compare_exchange_n(at, &before, desired, false, __ATOMIC_SEQ_CST,                   \
                                  __ATOMIC_SEQ_CST);                                               \
    } else {                                                                                       \
      before =                                                                                     \
          NEXT(__tsan_atomic##bits##_compare_exchange_val)(at, expected, desired, order, failure); \
    }                                                                                              \
    note_update(at, before, before == expected);                                                   \
    return before;                                                                                 \
  }

#define GRADER_ATOMICS(type, bits)                           \
  GRADER_LOAD(type, bits)                                    \
  GRADER_STORE(type, bits)                                   \
  GRADER_UPDATE(type, bits, exchange, __atomic_exchange_n)   \
  GRADER_UPDATE(type, bits, fetch_add, __atomic_fetch_add)   \
  GRADER_UPDATE(type, bits, fetch_sub, __atomic_fetch_sub)   \
  GRADER_UPDATE(type, bits, fetch_and, __atomic_fetch_and)   \
  GRADER_UPDATE(type, bits, fetch_or, __atomic_fetch_or)     \
  GRADER_UPDATE(type, bits, fetch_xor, __atomic_fetch_xor)   \
  GRADER_UPDATE(type, bits, fetch_nand, __atomic_fetch_nand) \
  GRADER_EXCHANGE_IF(type, bits, strong, false)              \
  GRADER_EXCHANGE_IF(type, bits, weak, true)                 \
  GRADER_EXCHANGE_VALUE(type, bits)

GRADER_ATOMICS(std::uint8_t, 8)
GRADER_ATOMICS(std::uint16_t, 16)
GRADER_ATOMICS(std::uint32_t, 32)
GRADER_ATOMICS(std::uint64_t, 64)

// ThreadSanitizer does not know fences. Under the controller a release fence that an acquire fence
// synchronises with always comes before it, so one common clock orders at least what they order.
GRADER_DECLARE(void, __tsan_atomic_thread_fence, (int order)) {
  static char fence_clock;
  atomic_point(nullptr, EventKind::fence, __builtin_return_address(0));
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (is_light()) return;
  if (order != __ATOMIC_ACQUIRE && order != __ATOMIC_CONSUME) {
    grader::runtime::sanitizer_release(&fence_clock);
  }
  if (order != __ATOMIC_RELEASE) grader::runtime::sanitizer_acquire(&fence_clock);
}

GRADER_DECLARE(void, __tsan_atomic_signal_fence, (int)) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
