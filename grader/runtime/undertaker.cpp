#include "runtime/undertaker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "runtime/finding.hpp"
#include "runtime/outside.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/run_clock.hpp"
#include "runtime/streams.hpp"

namespace grader::runtime {

using protocol::RunStop;

namespace {

constexpr std::uint32_t kWatchedMax = 1024;

struct Watch {
  int bell = -1;  ///< a signalfd: there are new processes
  std::uint32_t processes = 0;
  pollfd fds[kWatchedMax + 1] = {};
  std::uint32_t ids[kWatchedMax + 1] = {};
  std::uint32_t count = 0;
};
constinit Watch watch;  // used before constructors of other files have run
std::uint64_t mask_before = 0;
void* way_out[5];

World* shared_world() { return reinterpret_cast<World*>(local.channel.arena()); }

void leave_run() { __builtin_longjmp(way_out, 1); }

// The exit code that the kernel shows of a zombie: the last field but 0 of those in its stat file.
bool read_status(std::int32_t pid, std::int32_t& status) {
  Sentence path;
  path << "/proc/" << static_cast<std::uint64_t>(pid) << "/stat";
  char text[1024];
  const long fd = raw_syscall(SYS_open, address_of(path.text()), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const long size = raw_syscall(SYS_read, fd, address_of(text), sizeof text - 1);
  raw_syscall(SYS_close, fd);
  if (size <= 0) return false;
  text[size] = '\0';
  const char* last = std::strrchr(text, ' ');
  if (last == nullptr) return false;
  status = static_cast<std::int32_t>(std::strtol(last + 1, nullptr, 10));
  return true;
}

// Nobody but the dead can have had the baton: it is ours now.
void take_over() {
  World& w = *shared_world();
  local.world = &w;
  local.process = w.processes[0];
  local.leave_run = leave_run;
  if (__builtin_setjmp(way_out) == 0) pass_on(nullptr);
  local.leave_run = nullptr;
}

void note_death(std::uint32_t id) {
  World& w = *shared_world();
  Process& process = *w.processes[id - 1];
  if (process.ended) return;
  std::int32_t status = process.wait_status;
  if (read_status(process.kernel_id, status)) process.wait_status = status;
  process.dead.store(true);
  w.deaths.fetch_add(1);
  if (id == 1) return;
  Thread* running = w.running.load();
  if (running == nullptr || running->process != id) return;
  if (w.running.compare_exchange_strong(running, nullptr)) take_over();
}

// Those outside give no sign of themselves: the undertaker looks how they are getting on.
void look_after_outside() {
  World& w = *shared_world();
  if (w.started.load() == 0 || w.outside.load() == 0) return;
  Thread* running = w.running.load();
  if (running != nullptr && !w.processes[running->process - 1]->outside) return;
  const bool waits = everybody_outside_waits(w);
  w.outside_waits = waits ? w.outside_waits + 1 : 0;
  if (running != nullptr && w.outside_waits < kLooksToBelieve) return;
  if (running != nullptr && !w.running.compare_exchange_strong(running, nullptr)) return;
  local.world = &w;
  all_streams_changed();
  take_over();
}

// How long the undertaker may sleep.
long pause_ms(long left_ms) {
  const World& w = *shared_world();
  const bool looks = w.started.load() != 0 && w.outside.load() != 0;
  return looks && left_ms > kLookEveryMs ? kLookEveryMs : left_ms;
}

void add_watched(std::uint32_t id, std::int32_t kernel_id) {
  const long fd = raw_syscall(SYS_pidfd_open, kernel_id, 0);
  if (fd < 0) {
    if (id != 1) note_death(id);
    return;
  }
  if (watch.count > kWatchedMax) return;
  watch.fds[watch.count] = {static_cast<int>(fd), POLLIN, 0};
  watch.ids[watch.count++] = id;
}

void look_for_new_ones() {
  World& w = *shared_world();
  if (w.started.load() == 0) return;
  while (watch.processes < w.processes.size()) {
    const Process& process = *w.processes[watch.processes];
    if (process.kernel_id == 0 && !process.ended) return;
    ++watch.processes;
    if (process.id != 1 && !process.ended) add_watched(process.id, process.kernel_id);
  }
}

void empty_bell() {
  signalfd_siginfo info[8];
  raw_syscall(SYS_read, watch.bell, address_of(info), sizeof info);
}

void forget_watched(std::uint32_t i) {
  raw_syscall(SYS_close, watch.fds[i].fd);
  --watch.count;
  watch.fds[i] = watch.fds[watch.count];
  watch.ids[i] = watch.ids[watch.count];
}

// The first process has ended, or the run was ended wherever.
bool see_who_died() {
  for (std::uint32_t i = watch.count; i > 1; --i) {
    if (watch.fds[i - 1].revents == 0) continue;
    const std::uint32_t id = watch.ids[i - 1];
    forget_watched(i - 1);
    if (id == 1) return true;
    note_death(id);
    if (was_ended_by_runtime()) return true;
  }
  return false;
}

void finish_world() {
  World& w = *shared_world();
  if (w.started.load() == 0) return;
  local.world = &w;
  local.process = w.processes[0];
  Process& first = *w.processes[0];
  std::int32_t status = 0;
  if (!first.ended && read_status(first.kernel_id, status) && WIFSIGNALED(status)) {
    first.wait_status = status;
    record_signalled(first);
  }
  bury_the_dead();
  if (!w.over) report_process_leftovers();
}

}  // namespace

bool was_ended_by_runtime() {
  const World& w = *shared_world();
  return w.started.load() != 0 && w.over;
}

void prepare_undertaker() {
  local.undertaker = static_cast<std::int32_t>(raw_syscall(SYS_getpid));
  shared_world()->started.store(0);
  std::uint64_t bell = 1ULL << (SIGURG - 1);
  std::uint64_t before = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, address_of(&bell), address_of(&before), sizeof bell);
  if (watch.bell >= 0) return;
  mask_before = before;
  watch.bell = static_cast<int>(
      raw_syscall(SYS_signalfd4, -1, address_of(&bell), sizeof bell, SFD_NONBLOCK | SFD_CLOEXEC));
}

void leave_undertaker() {
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, address_of(&mask_before), 0, sizeof mask_before);
  raw_syscall(SYS_close, watch.bell);
}

RunStop watch_run(long child, const protocol::ForkRequest& request) {
  watch.count = 0;
  watch.processes = 0;
  watch.fds[watch.count] = {watch.bell, POLLIN, 0};
  watch.ids[watch.count++] = 0;
  add_watched(1, static_cast<std::int32_t>(child));
  RunClock clock(child, request);
  RunStop stop = RunStop::none;
  bool ended = watch.count < 2;  // no pidfd: the wait that follows blocks
  while (!ended) {
    look_for_new_ones();
    const long pause = pause_ms(clock.pause_ms());
    const long n = raw_syscall(SYS_poll, address_of(watch.fds), watch.count, pause);
    if (n == 0) stop = clock.look(*shared_world());
    if (stop != RunStop::none) break;
    look_after_outside();
    if (was_ended_by_runtime()) ended = true;
    if (watch.fds[0].revents != 0) empty_bell();
    look_for_new_ones();
    ended = (n > 0 && see_who_died()) || ended;
  }
  if (ended) finish_world();
  while (watch.count > 1) forget_watched(watch.count - 1);
  local.world = nullptr;
  local.process = nullptr;
  return stop;
}

}  // namespace grader::runtime
