#pragma once

#include <signal.h>

#include <cerrno>

#include "runtime/world.hpp"

// Signals wait in the model until the strategy has one delivered, at a scheduling point of a thread
// that does not block it. Then that thread sends it to itself: handlers, masks, default actions and
// wait statuses are the kernel's own.
namespace grader::runtime {

constexpr std::uint64_t signal_bit(int signal) {
  return 1ULL << (static_cast<unsigned>(signal) - 1U);
}

/// Whether one can be delivered to `thread` now.
bool has_deliverable_signal(const Thread& thread);

/// Guard::signal_there.
bool is_signal_there(const Thread& thread);

/// Whether it has been kept waiting for long enough.
bool is_signal_overdue(const Thread& thread);

/// Makes `signal` pending for `process`, or drops it when that ignores it.
void send_signal(Process& process, int signal, const SignalOrigin& origin);

/// The same for one thread.
void send_signal_to_thread(Thread& thread, int signal, const SignalOrigin& origin);

/// The calling thread takes the lowest pending signal that it does not block. True: a handler ran;
/// `restarts` then says whether it asks for calls to be started again.
bool deliver_signal(Thread& self);

/// The calling thread is about to come back from a call in which it may have waited: what is
/// pending acts before anything of the program does (signal(7), "Execution of signal handlers").
/// Who saw a child end cannot miss a signal that it was sent before that.
void come_back_from_kernel(Thread& self);

/// The calling process begins: its signals as the kernel has them.
void adopt_signals(Thread& main);

/// A new thread or process starts with its creator's mask.
void inherit_signals(Thread& thread, const Thread& creator);

/// A child of `parent` has ended.
void send_child_signal(Process& parent, Process& child);

/// Before a program is executed that the runtime cannot enter.
void restore_real_signals(const Thread& self);

// The kernel sends SIGCHLD at a moment of its own, so it is kept blocked for real; the model knows
// when a child has ended, and what the program believes to be blocked.
constexpr std::uint64_t kKept = signal_bit(SIGCHLD);

constexpr std::uint64_t kNeverBlocked = signal_bit(SIGKILL) | signal_bit(SIGSTOP);

/// Whether a signal sent to the process would be dropped.
bool is_ignored(const Process& process, int signal);

/// Whether a signal is on its way that ends the process.
bool is_dying(const Process& process);

/// Sets the calling thread's mask as the kernel knows it.
void set_real_mask(std::uint64_t mask);

/// What the process's threads can do next may have changed.
void refresh_threads(const Process& process);

/// Takes a signal that is really blocked out of the kernel's queue. False: it was not there.
bool take_kept(int signal);

/// Whether SIGKILL is pending for the thread's process.
bool is_killed(const Thread& thread);

/// The calling thread wrote where nobody reads: returns when a handler, if there is one, has run.
void raise_sigpipe(Thread& self);

/// Makes a transfer into a pipe or socket. The SIGPIPE that the kernel has for one that nobody
/// reads any more goes through the model, so that it comes, waits or is taken as any other.
template <typename Transfer>
auto transfer_with_modelled_sigpipe(Thread& self, Transfer transfer) {
  set_real_mask(self.signal_mask | kKept | signal_bit(SIGPIPE));
  const auto result = transfer();
  const int error = errno;
  if (result < 0 && error == EPIPE && take_kept(SIGPIPE)) raise_sigpipe(self);
  set_real_mask(self.signal_mask | kKept);
  errno = error;
  return result;
}

}  // namespace grader::runtime
