#include "harness/channel_writer.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "protocol/runtime_api.hpp"

namespace grader::harness {
namespace {

using protocol::Channel;
using protocol::Event;

// Set once, before anything of the program runs: a static local's guard would be a scheduling point
// in the middle of the scenario.
Channel g_channel;
bool (*g_runtime_append)(Event*) = nullptr;
void (*g_runtime_serve)() = nullptr;

void* map_channel() {
  const char* path = std::getenv(protocol::kChannelVariable);
  if (path == nullptr || *path == '\0') return nullptr;
  const int fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  if (fd < 0) return nullptr;
  struct stat status {};
  void* base = nullptr;
  if (fstat(fd, &status) == 0 &&
      status.st_size > static_cast<off_t>(sizeof(protocol::ChannelHeader))) {
    base = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (base == MAP_FAILED) base = nullptr;
  }
  syscall(SYS_close, fd);
  return base;
}

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Nanoseconds since whoever came first in this run asked.
std::int64_t time_in_run(const Channel& target) {
  const std::int64_t now = now_ns();
  std::int64_t expected = 0;
  std::atomic<std::int64_t>& start = target.header().start_time_ns;
  if (start.compare_exchange_strong(expected, now, std::memory_order_relaxed)) return 0;
  return now - expected;
}

void set_name(Event& event, std::string_view name) {
  const std::size_t size = std::min(name.size(), std::size_t{protocol::kEventNameSize - 1});
  std::copy_n(name.data(), size, event.name);
}

void fill_and_append(const Channel& target, Event& event) {
  if (g_runtime_append != nullptr && g_runtime_append(&event)) return;
  event.time_ns = time_in_run(target);
  target.append(event);
}

template <typename Function>
void find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

__attribute__((constructor)) void find_channel() {
  g_channel = Channel(map_channel());
  // By name at run time: a weak reference may be bound to null when the program is linked.
  find(g_runtime_append, protocol::kRuntimeAppend);
  find(g_runtime_serve, protocol::kRuntimeServe);
}

}  // namespace

Channel channel() { return g_channel; }

void begin_run() {
  if (g_runtime_serve != nullptr) g_runtime_serve();
}

void append(protocol::EventKind kind, std::string_view name, std::string_view text,
            std::int64_t value, std::uint64_t object, std::uint16_t flags) {
  const Channel target = channel();
  if (!target.valid()) return;
  Event event{};
  event.kind = kind;
  event.flags = flags;
  event.process = static_cast<std::uint32_t>(getpid());
  event.thread = static_cast<std::uint32_t>(syscall(SYS_gettid));
  event.object = object;
  event.value = value;
  set_name(event, name);
  event.text_size = static_cast<std::uint32_t>(text.size());
  if (!text.empty()) event.text_offset = target.append_text(text.data(), event.text_size);
  fill_and_append(target, event);
}

void append_for(std::uint32_t process, protocol::EventKind kind, std::string_view name,
                std::int64_t value) {
  const Channel target = channel();
  if (!target.valid()) return;
  Event event{};
  event.kind = kind;
  event.process = process;
  event.thread = process;
  event.value = value;
  set_name(event, name);
  event.time_ns = time_in_run(target);
  target.append(event);
}

}  // namespace grader::harness
