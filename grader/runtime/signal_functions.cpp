// The functions by which programs send, block, handle and await signals.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // the BSD functions below
#include "runtime/signals.hpp"

extern "C" {  // glibc 2.36 forgets to say so
#include <sys/pidfd.h>
}
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
#include "runtime/time_model.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

void signal_point(Thread& self, int signal, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::signal_sent;
  op.location = location;
  op.value = signal;
  op.recorded = false;
  perform(self, op);
}

SignalOrigin origin_of(int code, std::int64_t value = 0) {
  return {static_cast<std::int32_t>(raw_syscall(SYS_getpid)), code, value};
}

// To the process itself a signal that is not blocked comes before kill returns.
int send_to(Thread& self, Process& target, int signal, const SignalOrigin& origin) {
  target.was_signalled = true;
  record_process(self, EventKind::signal_sent, signal, target);
  if (signal == SIGTERM || signal == SIGINT) target.warned = static_cast<std::uint32_t>(signal);
  if (target.outside) return static_cast<int>(raw_syscall(SYS_kill, target.kernel_id, signal));
  send_signal(target, signal, origin);
  if (target.id == self.process && target.stopped) signal_point(self, signal, self.location);
  const bool own = target.id == self.process && (self.signal_mask & signal_bit(signal)) == 0;
  if (own && (target.signals_pending & signal_bit(signal)) != 0) deliver_signal(self);
  return 0;
}

// kill(0, …) and kill(-group, …).
int send_to_group(Thread& self, pid_t selector, int signal) {
  const long own = raw_syscall(SYS_getpgid, 0);
  const long group = selector == 0 ? own : -selector;
  bool found = false;
  Process* self_process = nullptr;
  for (Process* process : world().processes) {
    if (process->ended || raw_syscall(SYS_getpgid, process->kernel_id) != group) continue;
    found = true;
    if (process->id == self.process) {
      self_process = process;
    } else if (signal != 0) {
      send_to(self, *process, signal, origin_of(SI_USER));
    }
  }
  if (self_process != nullptr && signal != 0) {
    send_to(self, *self_process, signal, origin_of(SI_USER));
  }
  return found ? 0 : fail(ESRCH);
}

// That it was sent is for the ordering checks: the number of a process that was waited for may be
// another's by now.
void note_signal_to_nobody(Thread& self, pid_t pid, int signal) {
  for (const Process* process : world().processes) {
    if (process->kernel_id != pid) continue;
    record_process(self, EventKind::signal_sent, signal, *process);
    return;
  }
}

int kill_controlled(Thread& self, pid_t pid, int signal, const SignalOrigin& origin,
                    std::uint64_t location) {
  if (signal < 0 || signal > static_cast<int>(kSignals)) return fail(EINVAL);
  signal_point(self, signal, location);
  if (pid <= 0) return pid == -1 ? fail(EPERM) : send_to_group(self, pid, signal);
  Process* target = find_process(pid);
  if (target == nullptr) {
    // Nobody of the run: it may be asked for, but not be harmed.
    if (signal == 0) return NEXT(kill)(pid, 0);
    note_signal_to_nobody(self, pid, signal);
    return fail(ESRCH);
  }
  if (signal == 0) return 0;
  if (!target->ended) return send_to(self, *target, signal, origin);
  record_process(self, EventKind::signal_sent, signal, *target);
  return 0;
}

std::uint64_t bits_of(const sigset_t* set) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, set, sizeof bits);
  return bits;
}

void write_bits(sigset_t* set, std::uint64_t bits) {
  if (set == nullptr) return;
  sigemptyset(set);
  std::memcpy(set, &bits, sizeof bits);
}

int change_mask(Thread& self, int how, const sigset_t* set, sigset_t* old) {
  write_bits(old, self.signal_mask);
  if (set == nullptr) return 0;
  const std::uint64_t bits = bits_of(set) & ~kNeverBlocked;
  if (how == SIG_BLOCK) {
    self.signal_mask |= bits;
  } else if (how == SIG_UNBLOCK) {
    self.signal_mask &= ~bits;
  } else if (how == SIG_SETMASK) {
    self.signal_mask = bits;
  } else {
    return EINVAL;
  }
  set_real_mask(self.signal_mask | kKept);
  // What was pending and is blocked no more comes before the call returns.
  while (((process_of(self).signals_pending | self.signals_pending) & ~self.signal_mask) != 0) {
    deliver_signal(self);
  }
  refresh_threads(process_of(self));
  return 0;
}

void note_action(const Thread& self, int signal, const struct sigaction* action) {
  if (action == nullptr || signal < 1 || signal > static_cast<int>(kSignals)) return;
  Process& process = process_of(self);
  process.dispositions[signal - 1] = action->sa_handler == SIG_DFL   ? Disposition::by_default
                                     : action->sa_handler == SIG_IGN ? Disposition::ignored
                                                                     : Disposition::handled;
  const std::uint64_t own = (action->sa_flags & SA_NODEFER) == 0 ? signal_bit(signal) : 0;
  process.handler_masks[signal - 1] = bits_of(&action->sa_mask) | own;
  if (signal == SIGCHLD) process.wants_no_stops = (action->sa_flags & SA_NOCLDSTOP) != 0;
  process.restarting &= ~signal_bit(signal);
  if ((action->sa_flags & SA_RESTART) != 0) process.restarting |= signal_bit(signal);
  if (is_ignored(process, signal)) process.signals_pending &= ~signal_bit(signal);
}

// Waits for any signal that `mask` lets through.
int suspend(Thread& self, std::uint64_t mask, std::uint64_t location) {
  const std::uint64_t own = self.signal_mask;
  self.signal_mask = mask & ~kNeverBlocked;
  Operation op;
  op.kind = EventKind::signal_delivered;
  op.guard = Guard::never;
  op.location = location;
  op.recorded = false;
  op.interruptible = true;
  op.never_restarts = true;
  op.cancellable = true;
  perform(self, op);
  self.signal_mask = own;
  set_real_mask(own | kKept);
  return fail(EINTR);
}

// Waits for one of `set`, which is blocked, and takes it without a handler.
int take_signal(Thread& self, std::uint64_t set, siginfo_t* info, std::int64_t deadline_ns,
                std::uint64_t location) {
  Process& process = process_of(self);
  Operation op;
  op.kind = EventKind::signal_delivered;
  op.guard = Guard::signal_there;
  op.location = location;
  op.recorded = false;
  op.interruptible = true;
  op.never_restarts = true;
  op.cancellable = true;
  op.value = static_cast<std::int64_t>(set);
  op.deadline_ns = deadline_ns;
  const CandidateKind outcome = perform(self, op);
  if (outcome == CandidateKind::timeout) return fail(EAGAIN);
  if (outcome == CandidateKind::signal) return fail(EINTR);
  const std::uint64_t there = (process.signals_pending | self.signals_pending) & set;
  const int signal = __builtin_ctzll(there) + 1;
  process.signals_pending &= ~signal_bit(signal);
  self.signals_pending &= ~signal_bit(signal);
  if (signal == SIGCHLD) take_kept(signal);
  record(self, EventKind::signal_delivered, signal, nullptr, location);
  if (info == nullptr) return signal;
  std::memset(info, 0, sizeof *info);
  const SignalOrigin& origin = process.origins[signal - 1];
  info->si_signo = signal;
  info->si_code = origin.code;
  info->si_pid = origin.process;
  if (signal == SIGCHLD) {
    info->si_status = static_cast<int>(origin.value);
  } else {
    info->si_value.sival_ptr = reinterpret_cast<void*>(origin.value);
  }
  return signal;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int kill(pid_t pid, int signal) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(kill)(pid, signal);
  return kill_controlled(*self, pid, signal, origin_of(SI_USER), GRADER_CALLER);
}

GRADER_INTERPOSED int killpg(pid_t group, int signal) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(killpg)(group, signal);
  return kill_controlled(*self, group > 1 ? -group : group, signal, origin_of(SI_USER),
                         GRADER_CALLER);
}

GRADER_INTERPOSED int sigqueue(pid_t pid, int signal, const sigval value) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigqueue)(pid, signal, value);
  const auto payload = reinterpret_cast<std::int64_t>(value.sival_ptr);
  return kill_controlled(*self, pid, signal, origin_of(SI_QUEUE, payload), GRADER_CALLER);
}

GRADER_INTERPOSED int pidfd_send_signal(int fd, int signal, siginfo_t* info,
                                        unsigned flags) noexcept {
  Thread* self = controlled();
  const pid_t pid = self != nullptr ? pid_of_pidfd(fd) : 0;
  if (pid <= 0) return NEXT(pidfd_send_signal)(fd, signal, info, flags);
  // Which flags there are, the kernel knows.
  if (flags != 0 && NEXT(pidfd_send_signal)(fd, 0, nullptr, flags) != 0) return -1;
  const auto payload =
      info != nullptr ? reinterpret_cast<std::int64_t>(info->si_value.sival_ptr) : 0;
  return kill_controlled(*self, pid, signal,
                         origin_of(info != nullptr ? info->si_code : SI_USER, payload),
                         GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_kill(pthread_t handle, int signal) noexcept {
  Thread* self = controlled();
  Thread* target = self != nullptr ? thread_of_handle(handle) : nullptr;
  if (target == nullptr) return NEXT(pthread_kill)(handle, signal);
  if (signal < 0 || signal > static_cast<int>(kSignals)) return EINVAL;
  // To the caller itself, now or once it is let through: the model's mask is the one that counts.
  if (target == self && (signal == 0 || (self->signal_mask & signal_bit(signal)) == 0)) {
    return NEXT(pthread_kill)(handle, signal);
  }
  signal_point(*self, signal, GRADER_CALLER);
  if (target->life != Life::ended && signal != 0) {
    send_signal_to_thread(*target, signal, origin_of(SI_TKILL));
  }
  return 0;
}

GRADER_INTERPOSED int raise(int signal) noexcept {
  if (controlled() == nullptr) return NEXT(raise)(signal);
  if (signal == SIGSTOP || signal == SIGTSTP) return kill(getpid(), signal);
  const int error = pthread_kill(pthread_self(), signal);
  return error == 0 ? 0 : fail(error);
}

GRADER_INTERPOSED int sigaction(int signal, const struct sigaction* action,
                                struct sigaction* old) noexcept {
  const int result = NEXT(sigaction)(signal, action, old);
  Thread* self = controlled();
  if (self != nullptr && result == 0) note_action(*self, signal, action);
  return result;
}

GRADER_INTERPOSED sighandler_t signal(int number, sighandler_t handler) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(signal)(number, handler);
  const sighandler_t old = NEXT(signal)(number, handler);
  if (old == SIG_ERR) return old;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  note_action(*self, number, &action);
  return old;
}

GRADER_INTERPOSED int sigprocmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigprocmask)(how, set, old);
  const int error = change_mask(*self, how, set, old);
  return error == 0 ? 0 : fail(error);
}

GRADER_INTERPOSED int pthread_sigmask(int how, const sigset_t* set, sigset_t* old) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_sigmask)(how, set, old);
  return change_mask(*self, how, set, old);
}

GRADER_INTERPOSED int sigpending(sigset_t* set) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigpending)(set);
  write_bits(set, (process_of(*self).signals_pending | self->signals_pending) & self->signal_mask);
  return 0;
}

GRADER_INTERPOSED int sigsuspend(const sigset_t* mask) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigsuspend)(mask);
  return suspend(*self, bits_of(mask), GRADER_CALLER);
}

GRADER_INTERPOSED int pause() {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pause)();
  // A signal that comes after the caller's last look and before the wait does not end the wait.
  signal_point(*self, 0, GRADER_CALLER);
  return suspend(*self, self->signal_mask, GRADER_CALLER);
}

GRADER_INTERPOSED int sigwait(const sigset_t* set, int* number) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigwait)(set, number);
  int result = -1;
  const std::uint64_t location = GRADER_CALLER;
  while (result < 0) result = take_signal(*self, bits_of(set), nullptr, kNoDeadline, location);
  *number = result;
  return 0;
}

GRADER_INTERPOSED int sigwaitinfo(const sigset_t* set, siginfo_t* info) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigwaitinfo)(set, info);
  return take_signal(*self, bits_of(set), info, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int sigtimedwait(const sigset_t* set, siginfo_t* info, const timespec* span) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigtimedwait)(set, info, span);
  const std::int64_t until = span != nullptr ? deadline_after(span_of(*span)) : kNoDeadline;
  return take_signal(*self, bits_of(set), info, until, GRADER_CALLER);
}

// BSD's: the first 32 signals alone.
GRADER_INTERPOSED int sigsetmask(int mask) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigsetmask)(mask);
  sigset_t set;
  sigset_t old;
  write_bits(&set, static_cast<unsigned>(mask));
  change_mask(*self, SIG_SETMASK, &set, &old);
  return static_cast<int>(bits_of(&old));
}

GRADER_INTERPOSED int sigblock(int mask) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigblock)(mask);
  sigset_t set;
  sigset_t old;
  write_bits(&set, static_cast<unsigned>(mask));
  change_mask(*self, SIG_BLOCK, &set, &old);
  return static_cast<int>(bits_of(&old));
}

GRADER_INTERPOSED int sighold(int signal) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sighold)(signal);
  sigset_t set;
  write_bits(&set, signal_bit(signal));
  return change_mask(*self, SIG_BLOCK, &set, nullptr);
}

GRADER_INTERPOSED int sigrelse(int signal) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sigrelse)(signal);
  sigset_t set;
  write_bits(&set, signal_bit(signal));
  return change_mask(*self, SIG_UNBLOCK, &set, nullptr);
}
