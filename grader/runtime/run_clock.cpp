#include "runtime/run_clock.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/finding.hpp"
#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

using protocol::RunStop;

constexpr std::int64_t kTickMs = 10;  // the kernel's unit in stat files is the same everywhere
constexpr std::int64_t kBetweenLooksMs = 20;
// A thread that was handed the baton wants to run at once, however long it has to wait for a core:
// who never wants to in so many looks waits for something that will not come.
constexpr unsigned kLooksAsleep = 10;
// Fields of a stat file after the name: the state is the first, these count from it.
constexpr int kUserTime = 11;
constexpr int kLastTime = 14;  // of user, system, and both of the children that were reaped

std::int64_t now_ms() {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, address_of(&now));
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

// What follows the name in a stat file; nullptr when nobody is there.
const char* read_stat(const char* path, char* text, std::size_t room) {
  const long fd = raw_syscall(SYS_open, address_of(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  const long size = raw_syscall(SYS_read, fd, address_of(text), static_cast<long>(room) - 1);
  raw_syscall(SYS_close, fd);
  if (size <= 0) return nullptr;
  text[size] = '\0';
  const char* after = std::strrchr(text, ')');
  return after == nullptr ? nullptr : after + 2;
}

std::int64_t cpu_time_ms(long pid) {
  Sentence path;
  path << "/proc/" << static_cast<std::uint64_t>(pid) << "/stat";
  char text[1024];
  const char* field = read_stat(path.text(), text, sizeof text);
  std::int64_t ticks = 0;
  for (int i = 0; field != nullptr && i <= kLastTime; ++i) {
    if (i >= kUserTime) ticks += std::strtol(field, nullptr, 10);
    field = std::strchr(field, ' ');
    if (field != nullptr) ++field;
  }
  return ticks * kTickMs;
}

// Asleep, stopped or dead: none of these is the machine's doing, as waiting for a core or a disk
// is.
bool is_idle(char state) { return std::strchr("STtZX", state) != nullptr; }

bool every_thread_is_idle(long pid) {
  Sentence tasks;
  tasks << "/proc/" << static_cast<std::uint64_t>(pid) << "/task";
  const long fd = raw_syscall(SYS_open, address_of(tasks.text()), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return true;  // gone
  alignas(dirent64) char entries[4096];
  bool idle = true;
  for (;;) {
    const long size = raw_syscall(SYS_getdents64, fd, address_of(entries), sizeof entries);
    if (size <= 0) break;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      at += entry->d_reclen;
      if (entry->d_name[0] == '.') continue;
      Sentence path;
      path << tasks.text() << "/" << entry->d_name << "/stat";
      char text[1024];
      const char* state = read_stat(path.text(), text, sizeof text);
      if (state != nullptr && !is_idle(*state)) idle = false;
    }
  }
  raw_syscall(SYS_close, fd);
  return idle;
}

// Calls `each` with every process of the run but the first, which the world may not know yet.
template <typename Each>
void for_others(const World& w, Each each) {
  if (w.started.load() == 0) return;
  for (const Process* process : w.processes) {
    if (process->id != 1 && !process->ended && process->kernel_id > 0) each(process->kernel_id);
  }
}

}  // namespace

RunClock::RunClock(long child, const protocol::ForkRequest& request)
    : child_(child),
      cpu_timeout_ms_(request.cpu_timeout_ms),
      wall_timeout_ms_(request.wall_timeout_ms),
      start_ms_(now_ms()),
      next_look_ms_(start_ms_ + std::min(cpu_timeout_ms_, wall_timeout_ms_)) {}

long RunClock::pause_ms() const {
  const std::int64_t left = next_look_ms_ - now_ms();
  return left > 0 ? left : 0;
}

RunStop RunClock::look(const World& w) {
  if (now_ms() < next_look_ms_) return RunStop::none;
  std::int64_t used = cpu_time_ms(child_);
  for_others(w, [&used](long pid) { used += cpu_time_ms(pid); });
  if (used >= cpu_timeout_ms_) return RunStop::cpu;
  const std::int64_t passed = now_ms() - start_ms_;
  // Programs outside sleep in real time, which is nobody's fault.
  const bool may_sleep =
      w.started.load() != 0 && w.outside.load() != 0 && passed < wall_timeout_ms_;
  looks_asleep_ = !may_sleep && nobody_wants_to_run(w, used) ? looks_asleep_ + 1 : 0;
  used_before_ms_ = used;
  if (looks_asleep_ >= kLooksAsleep) return RunStop::blocked;
  if (looks_asleep_ == 0 && passed >= wall_timeout_ms_) return RunStop::starved;
  std::int64_t pause = cpu_timeout_ms_ - used;
  if (looks_asleep_ > 0 || pause < kBetweenLooksMs) pause = kBetweenLooksMs;
  if (looks_asleep_ == 0 && pause > wall_timeout_ms_ - passed) pause = wall_timeout_ms_ - passed;
  next_look_ms_ = now_ms() + pause;
  return RunStop::none;
}

bool RunClock::nobody_wants_to_run(const World& w, std::int64_t used_ms) {
  if (used_before_ms_ >= 0 && used_ms != used_before_ms_) return false;
  bool idle = every_thread_is_idle(child_);
  for_others(w, [&idle](long pid) { idle = idle && every_thread_is_idle(pid); });
  return idle;
}

}  // namespace grader::runtime
