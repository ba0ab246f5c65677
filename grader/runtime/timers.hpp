#pragma once

#include "runtime/world.hpp"

// A clock that rings is a thread of the model with nothing behind it: its only operation is to wait
// for its time. Processes have one for their alarm, timers have one each.
namespace grader::runtime {

/// A new clock of `process`, which stands still.
Thread& make_clock(const Process& process);

/// `clock` is to ring at `deadline_ns`, and every `interval_ns` after that unless it is 0.
void arm(Thread& clock, std::int64_t deadline_ns, std::int64_t interval_ns);

/// It stands still; what was left in nanoseconds, 0 when it stood already.
std::int64_t disarm(Thread& clock);

/// What is left until `clock` rings, and how often it does after that; in nanoseconds.
std::int64_t left_of(const Thread& clock);
std::int64_t interval_of(const Thread& clock);

/// The time of `clock` has come. Called by whoever has the baton, in any process.
void ring(Thread& clock);

/// The clock has moved: clocks whose time has come ring, since nobody who runs can delay them.
void ring_overdue();

/// The process ends: nobody waits for its alarm and its timers.
void stop_clocks(Process& process);

/// It has executed another program, which has its alarm but not its timers.
void delete_timers(const Process& process);

/// A new timer of the calling thread's process.
Timer& make_timer(const Thread& self, clockid_t clock, Notice notice);

/// `timer` is no more.
void delete_timer(Timer& timer);

/// timer_settime and timerfd_settime with a checked value; the step at which `self` does it.
void set_timer(Thread& self, Timer& timer, bool absolute, const itimerspec& value, itimerspec* old,
               std::uint64_t location);

/// What timer_gettime says.
itimerspec setting_of(const Timer& timer);

/// A timer's clock has rung, and has missed some times before that: gives notice.
void notify_of(Timer& timer, std::int64_t missed);

/// Makes the descriptor of `timer` readable; false when it is no more.
bool make_readable(Timer& timer);

/// The timer whose descriptor `fd` is in the calling process; null: it is none.
Timer* timer_behind(int fd);

/// read() of a timer's descriptor that poll has found to be ready, or that does not block.
long read_expirations(Timer& timer, int fd, void* data, std::size_t size);

}  // namespace grader::runtime
