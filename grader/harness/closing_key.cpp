#include "harness/closing_key.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "harness/channel_writer.hpp"

namespace grader::harness {
namespace {

/// The key of a run that began with this process; 0: it is not known yet, or there is none.
std::uint64_t g_closing_key = 0;

/// A call that nobody stands in front of, for when neither the runtime nor ThreadSanitizer is set
/// up. The result is the kernel's: errors are negative.
long kernel_call(long number, long first, long second, long third, long fourth) {
  long result = number;
  register long r10 asm("r10") = fourth;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(first), "S"(second), "d"(third), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}

/// Takes the key out of the channel before any library is initialised: a static object of the
/// submission would find it there. The loader calls this first of all.
void take_key_first(int, char**, char** environment) {
  const std::size_t length = std::strlen(grader::protocol::kChannelVariable);
  const char* path = nullptr;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    const char* name = *variable;
    if (std::strncmp(name, grader::protocol::kChannelVariable, length) == 0 &&
        name[length] == '=') {
      path = name + length + 1;
    }
  }
  if (path == nullptr) return;
  const long fd = kernel_call(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path), O_RDWR, 0);
  if (fd < 0) return;
  constexpr long kPlace = offsetof(grader::protocol::ChannelHeader, options) +
                          offsetof(grader::protocol::RunOptions, closing_key);
  std::uint64_t key = 0;
  const std::uint64_t nothing = 0;
  constexpr long kSize = sizeof key;
  if (kernel_call(SYS_pread64, fd, reinterpret_cast<long>(&key), kSize, kPlace) == kSize &&
      kernel_call(SYS_pwrite64, fd, reinterpret_cast<long>(&nothing), kSize, kPlace) == kSize) {
    g_closing_key = key;
  }
  kernel_call(SYS_close, fd, 0, 0, 0);
}

using Initialiser = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const Initialiser kFirst = take_key_first;

}  // namespace

std::uint64_t take_closing_key() {
  if (g_closing_key != 0) return std::exchange(g_closing_key, 0);
  const protocol::Channel shared = channel();
  if (!shared.valid()) return 0;
  return std::exchange(shared.header().options.closing_key, 0);
}

}  // namespace grader::harness
