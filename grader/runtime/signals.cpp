#include "runtime/signals.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/candidates.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/signal_descriptors.hpp"
#include "runtime/time_model.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint32_t kPatience = 16;  ///< steps that a signal may be kept waiting for

bool is_ignored_by_default(int signal) {
  return signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

std::uint64_t real_mask() {
  std::uint64_t mask = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, address_of(&mask), sizeof mask);
  return mask;
}

bool is_blocked_everywhere(const Process& process, int signal) {
  for (const Thread* thread : world().threads) {
    if (thread->process != process.id || thread->life == Life::ended || thread->is_timer) continue;
    if ((thread->signal_mask & signal_bit(signal)) == 0) return false;
  }
  return true;
}

// One of a process's threads takes a signal that is the process's: the first that can.
bool is_taker(const Thread& thread, std::uint64_t signals) {
  for (const Thread* other : world().threads) {
    if (other->process != thread.process || other->life == Life::ended || other->is_timer) continue;
    if ((signals & ~other->signal_mask) == 0) continue;
    if (other->announced || other == &thread) return other == &thread;
  }
  return false;
}

// The first thread of a process stays in the table until the process ends.
const Thread& main_thread_of(const Process& process) {
  for (const Thread* thread : world().threads) {
    if (thread->process == process.id && thread->is_main) return *thread;
  }
  return *world().threads[0];
}

bool stops(const Process& process, int signal) {
  const bool by_default = process.dispositions[signal - 1] == Disposition::by_default;
  return signal == SIGSTOP ||
         (signal == SIGTSTP && by_default && !is_blocked_everywhere(process, signal));
}

// Stopping and going on is the model's alone: the kernel lets a thread that nobody chooses wait
// anyway.
void change_stop(Process& process, int signal, int code) {
  process.stopped = code == CLD_STOPPED;
  process.stop_report = signal;
  record(main_thread_of(process), EventKind::signal_delivered, signal, nullptr, 0);
  refresh_threads(process);
  if (process.parent == 0) return;
  Process& parent = *world().processes[process.parent - 1];
  if (parent.ended) return;
  if (!parent.wants_no_stops) send_signal(parent, SIGCHLD, {process.kernel_id, code, signal});
  if (parent.children != nullptr) object_changed(*parent.children);
}

void stop(Process& process, int signal) {
  if (!process.stopped) change_stop(process, signal, CLD_STOPPED);
}

void resume(Process& process) {
  if (process.stopped) change_stop(process, SIGCONT, CLD_CONTINUED);
}

void queue_to_self(const Thread&, const SignalOrigin& origin, int signal) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = origin.code;
  info.si_pid = origin.process;
  info.si_uid = origin.code == SI_TIMER ? 0 : getuid();  // for a timer this is its overrun
  if (signal == SIGCHLD) {
    info.si_status = static_cast<int>(origin.value);
  } else {
    info.si_value.sival_ptr = reinterpret_cast<void*>(origin.value);
  }
  const long process = raw_syscall(SYS_getpid);
  raw_syscall(SYS_rt_tgsigqueueinfo, process, raw_syscall(SYS_gettid), signal, address_of(&info));
}

}  // namespace

bool is_ignored(const Process& process, int signal) {
  const Disposition d = process.dispositions[signal - 1];
  return d == Disposition::ignored ||
         (d == Disposition::by_default && is_ignored_by_default(signal));
}

bool is_dying(const Process& process) {
  for (int signal = 1; signal <= static_cast<int>(kSignals); ++signal) {
    if ((process.signals_pending & signal_bit(signal)) == 0) continue;
    if (signal == SIGKILL) return true;
    const bool fatal = process.dispositions[signal - 1] == Disposition::by_default &&
                       !is_ignored_by_default(signal) && !stops(process, signal);
    if (fatal && !is_blocked_everywhere(process, signal)) return true;
  }
  return false;
}

void set_real_mask(std::uint64_t mask) {
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, address_of(&mask), 0, sizeof mask);
}

void refresh_threads(const Process& process) {
  for (Thread* thread : world().threads) {
    if (thread->process == process.id && thread->life != Life::ended) refresh(*thread);
  }
}

// The kernel's own SIGCHLD goes where the model's goes.
bool take_kept(int signal) {
  std::uint64_t set = signal_bit(signal);
  const timespec now{};
  return raw_syscall(SYS_rt_sigtimedwait, address_of(&set), 0, address_of(&now), sizeof set) > 0;
}

void raise_sigpipe(Thread& self) {
  const auto own = static_cast<std::int32_t>(raw_syscall(SYS_getpid));
  send_signal_to_thread(self, SIGPIPE, {own, SI_KERNEL, 0});
  while ((self.signals_pending & signal_bit(SIGPIPE) & ~self.signal_mask) != 0) {
    deliver_signal(self);
  }
}

bool is_killed(const Thread& thread) {
  return (process_of(thread).signals_pending & signal_bit(SIGKILL)) != 0;
}

bool has_deliverable_signal(const Thread& thread) {
  const Process& process = process_of(thread);
  const std::uint64_t all = process.signals_pending | thread.signals_pending;
  if ((all & ~thread.signal_mask) == 0 || thread.is_timer) return false;
  if ((thread.signals_pending & ~thread.signal_mask) != 0) return true;
  return is_taker(thread, process.signals_pending & ~thread.signal_mask);
}

bool is_signal_there(const Thread& thread) {
  const std::uint64_t all = process_of(thread).signals_pending | thread.signals_pending;
  return (all & static_cast<std::uint64_t>(thread.pending.value)) != 0;
}

bool is_signal_overdue(const Thread& thread) { return thread.signal_delays > kPatience; }

void send_signal(Process& process, int signal, const SignalOrigin& origin) {
  if (process.ended || signal <= 0) return;
  if (signal == SIGCONT) resume(process);
  if (stops(process, signal)) return stop(process, signal);
  if (is_ignored(process, signal) && !is_blocked_everywhere(process, signal)) return;
  process.signals_pending |= signal_bit(signal);
  process.origins[signal - 1] = origin;
  tell_signal_descriptors(process, signal);
  refresh_threads(process);
}

void send_signal_to_thread(Thread& thread, int signal, const SignalOrigin& origin) {
  Process& process = process_of(thread);
  const bool blocked = (thread.signal_mask & signal_bit(signal)) != 0;
  if (is_ignored(process, signal) && !blocked) return;
  thread.signals_pending |= signal_bit(signal);
  process.origins[signal - 1] = origin;
  tell_signal_descriptors(process, signal);
  refresh(thread);
}

bool deliver_signal(Thread& self) {
  Process& process = process_of(self);
  const std::uint64_t all = (process.signals_pending | self.signals_pending) & ~self.signal_mask;
  if (all == 0) return false;
  const bool kills = (all & signal_bit(SIGKILL)) != 0;
  const int signal = kills ? SIGKILL : __builtin_ctzll(all) + 1;
  process.signals_pending &= ~signal_bit(signal);
  self.signals_pending &= ~signal_bit(signal);
  refresh_threads(process);
  record(self, EventKind::signal_delivered, signal, nullptr, self.location);
  const bool handled = process.dispositions[signal - 1] == Disposition::handled;
  const bool restarts = (process.restarting & signal_bit(signal)) != 0;
  const std::uint64_t mask = self.signal_mask;
  const int saved_errno = errno;
  if (signal == SIGCHLD) take_kept(signal);
  // The handler runs in here, with what the kernel blocks meanwhile; a default action ends us.
  self.signal_mask |= process.handler_masks[signal - 1];
  queue_to_self(self, process.origins[signal - 1], signal);
  set_real_mask((mask & ~signal_bit(signal)) | (kKept & ~signal_bit(signal)));
  // ThreadSanitizer keeps it until one of its own functions returns: let that be now, and not in
  // the midst of the next real lock.
  if (local.thread_sanitizer) NEXT(sigprocmask)(SIG_BLOCK, nullptr, nullptr);
  self.signal_mask = mask;
  set_real_mask(mask | kKept);
  errno = saved_errno;
  refresh_threads(process);
  self.restarts = restarts;
  return handled;
}

void come_back_from_kernel(Thread& self) {
  const int saved_errno = errno;
  while (has_deliverable_signal(self)) {
    self.signal_delays = 0;
    deliver_signal(self);
  }
  errno = saved_errno;
}

void adopt_signals(Thread& main) {
  Process& process = process_of(main);
  for (int signal = 1; signal <= static_cast<int>(kSignals); ++signal) {
    struct {
      void (*handler)(int);
      unsigned long flags;
      void (*restorer)();
      std::uint64_t mask;
    } action{};
    raw_syscall(SYS_rt_sigaction, signal, 0, address_of(&action), sizeof action.mask);
    Disposition& d = process.dispositions[signal - 1];
    d = action.handler == SIG_DFL   ? Disposition::by_default
        : action.handler == SIG_IGN ? Disposition::ignored
                                    : Disposition::handled;
    process.handler_masks[signal - 1] = action.mask | signal_bit(signal);
    if ((action.flags & SA_RESTART) != 0) process.restarting |= signal_bit(signal);
  }
  const bool joined = process.name[0] != '\0';
  if (!joined) main.signal_mask = real_mask();
  set_real_mask(main.signal_mask | kKept);
}

void inherit_signals(Thread& thread, const Thread& creator) {
  thread.signal_mask = creator.signal_mask;
  if (thread.process == creator.process) return;
  const Process& from = process_of(creator);
  Process& to = process_of(thread);
  std::memcpy(to.dispositions, from.dispositions, sizeof to.dispositions);
  std::memcpy(to.handler_masks, from.handler_masks, sizeof to.handler_masks);
  to.restarting = from.restarting;
}

void send_child_signal(Process& parent, Process& child) {
  if (parent.dispositions[SIGCHLD - 1] == Disposition::ignored) child.reaped = true;
  const int status = child.wait_status;
  const bool exited = WIFEXITED(status);
  send_signal(parent, SIGCHLD,
              {child.kernel_id, exited ? CLD_EXITED : CLD_KILLED,
               exited ? WEXITSTATUS(status) : WTERMSIG(status)});
}

void restore_real_signals(const Thread& self) { set_real_mask(self.signal_mask); }

}  // namespace grader::runtime
