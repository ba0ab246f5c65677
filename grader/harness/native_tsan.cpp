// A library named libtsan.so.2 that detects nothing: native plain runs of programs compiled with
// -fsanitize=thread load it instead of the real one, so one object file serves both. Accesses cost
// an empty call; atomics do what they say.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#pragma GCC diagnostic ignored "-Wmissing-declarations"

namespace {

std::memory_order order_of(int order) { return static_cast<std::memory_order>(order); }

}  // namespace

#define GRADER_IGNORES(name) \
  void name(void*) {}

#define GRADER_ACCESSES(size)                  \
  GRADER_IGNORES(__tsan_read##size)            \
  GRADER_IGNORES(__tsan_write##size)           \
  GRADER_IGNORES(__tsan_unaligned_read##size)  \
  GRADER_IGNORES(__tsan_unaligned_write##size) \
  GRADER_IGNORES(__tsan_volatile_read##size)   \
  GRADER_IGNORES(__tsan_volatile_write##size)

// The order arrives at run time; seq_cst is at least as strong as whatever was asked for.
#define GRADER_UPDATE(type, bits, name, builtin)                          \
  type __tsan_atomic##bits##_##name(volatile type* at, type value, int) { \
    return builtin(at, value, __ATOMIC_SEQ_CST);                          \
  }

#define GRADER_ATOMICS(type, bits)                                                                 \
  type __tsan_atomic##bits##_load(const volatile type* at, int) {                                  \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                  \
  }                                                                                                \
  void __tsan_atomic##bits##_store(volatile type* at, type value, int) {                           \
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);                                                 \
  }                                                                                                \
  GRADER_UPDATE(type, bits, exchange, __atomic_exchange_n)                                         \
  GRADER_UPDATE(type, bits, fetch_add, __atomic_fetch_add)                                         \
  GRADER_UPDATE(type, bits, fetch_sub, __atomic_fetch_sub)                                         \
  GRADER_UPDATE(type, bits, fetch_and, __atomic_fetch_and)                                         \
  GRADER_UPDATE(type, bits, fetch_or, __atomic_fetch_or)                                           \
  GRADER_UPDATE(type, bits, fetch_xor, __atomic_fetch_xor)                                         \
  GRADER_UPDATE(type, bits, fetch_nand, __atomic_fetch_nand)                                       \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile type* at, type* expected,             \
                                                    type desired, int, int) {                      \
    return __atomic_compare_exchange_n(at, expected, desired, false, __ATOMIC_SEQ_CST,             \
                                       __ATOMIC_SEQ_CST);                                          \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile type* at, type* expected, type desired, \
                                                  int, int) {                                      \
    return __atomic_compare_exchange_n(at, expected, desired, true, __ATOMIC_SEQ_CST,              \
                                       __ATOMIC_SEQ_CST);                                          \
  }                                                                                                \
  type __tsan_atomic##bits##_compare_exchange_val(volatile type* at, type expected, type desired,  \
                                                  int, int) {                                      \
    __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_SEQ_CST,                   \
                                __ATOMIC_SEQ_CST);                                                 \
    return expected;                                                                               \
  }

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
GRADER_ACCESSES(1)
GRADER_ACCESSES(2)
GRADER_ACCESSES(4)
GRADER_ACCESSES(8)
GRADER_ACCESSES(16)
GRADER_IGNORES(__tsan_vptr_read)
void __tsan_vptr_update(void**, void*) {}
void __tsan_read_range(void*, std::size_t) {}
void __tsan_write_range(void*, std::size_t) {}
GRADER_ATOMICS(std::uint8_t, 8)
GRADER_ATOMICS(std::uint16_t, 16)
GRADER_ATOMICS(std::uint32_t, 32)
GRADER_ATOMICS(std::uint64_t, 64)
void __tsan_atomic_thread_fence(int order) { std::atomic_thread_fence(order_of(order)); }
void __tsan_atomic_signal_fence(int order) { std::atomic_signal_fence(order_of(order)); }
void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  return std::memcpy(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  return std::memmove(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) { return std::memset(to, value, size); }

// The C library has atexit only in the part that is linked into each program, and a program linked
// with ThreadSanitizer takes the sanitizer's instead.
int __cxa_atexit(void (*)(void*), void*, void*);
int atexit(void (*handler)()) {
  return __cxa_atexit(reinterpret_cast<void (*)(void*)>(reinterpret_cast<void*>(handler)), nullptr,
                      nullptr);
}

}  // extern "C"
