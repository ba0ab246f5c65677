#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>

#include <atomic>
#include <cstdint>

// System calls without the C library: nothing here is interposed, sets errno, or is seen by
// ThreadSanitizer. Results are the kernel's own: -errno on failure.
namespace grader::runtime {

inline long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                        long f = 0) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

inline long address_of(const volatile void* p) {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(p));
}

/// Sleeps while `*word == value`; may return early. Shared: the word may be another process's.
inline void raw_futex_wait(std::atomic<std::uint32_t>* word, std::uint32_t value) {
  raw_syscall(SYS_futex, address_of(word), FUTEX_WAIT, static_cast<long>(value), 0);
}
inline void raw_futex_wake(std::atomic<std::uint32_t>* word) {
  raw_syscall(SYS_futex, address_of(word), FUTEX_WAKE, 1);
}

[[noreturn]] inline void raw_exit_group(int status) {
  for (;;) raw_syscall(SYS_exit_group, status);
}

/// Writes everything or gives up at the first error.
inline bool raw_write_all(int fd, const void* data, std::size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const long n = raw_syscall(SYS_write, fd, address_of(bytes), static_cast<long>(size));
    if (n == -4) continue;  // EINTR
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

/// False at end of file and on errors.
inline bool raw_read_all(int fd, void* data, std::size_t size) {
  char* bytes = static_cast<char*>(data);
  while (size > 0) {
    const long n = raw_syscall(SYS_read, fd, address_of(bytes), static_cast<long>(size));
    if (n == -4) continue;  // EINTR
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace grader::runtime
