#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <cerrno>
#include <cstdint>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/thread_sanitizer.hpp"
#include "runtime/time_model.hpp"
#include "runtime/timers.hpp"

// timer_create and its kin. A timer that runs a function has a thread of the program's process that
// waits for it to ring, since whoever has the baton then may be in another process.
namespace grader::runtime {
namespace {

using Function = void (*)(sigval);

int fail(int error) {
  errno = error;
  return -1;
}

// Wall and steady clocks; those that count CPU time stand for nothing in a run.
bool shows_time(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
         clock == CLOCK_TAI;
}

Timer* find_timer(const Thread& self, timer_t id) {
  const auto n = reinterpret_cast<std::uintptr_t>(id);
  if (n == 0 || n > world().timers.size()) return nullptr;
  Timer* timer = world().timers[static_cast<std::uint32_t>(n) - 1];
  const bool own = timer->process == self.process && timer->notice != Notice::descriptor;
  return own && !timer->deleted ? timer : nullptr;
}

bool is_pending(const Timer& timer) {
  const Process& process = *world().processes[timer.process - 1];
  const SignalOrigin& origin = process.origins[timer.signal - 1];
  return (process.signals_pending & signal_bit(timer.signal)) != 0 && origin.code == SI_TIMER &&
         origin.process == static_cast<std::int32_t>(timer.id);
}

void* call_function(void* raw) {
  auto* timer = static_cast<Timer*>(raw);
  sanitizer_acquire(timer);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  sigval value;
  value.sival_ptr = reinterpret_cast<void*>(timer->value);
  reinterpret_cast<Function>(timer->function)(value);
  return nullptr;
}

void start_detached(void* (*routine)(void*), Timer& timer) {
  sigset_t all;
  sigset_t own;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &own);
  pthread_t handle;
  if (pthread_create(&handle, nullptr, routine, &timer) == 0) pthread_detach(handle);
  pthread_sigmask(SIG_SETMASK, &own, nullptr);
}

// As the C library has it: a new thread each time that the timer rings.
void* await_rings(void* raw) {
  auto* timer = static_cast<Timer*>(raw);
  for (;;) {
    Thread* self = controlled();
    if (self == nullptr) return nullptr;
    Operation op = lock_operation(EventKind::timer, Guard::positive, *timer->expired, 0);
    op.recorded = false;
    op.cancellable = true;
    perform(*self, op);
    if (timer->deleted) return nullptr;
    --timer->expired->value;
    start_detached(call_function, *timer);
  }
}

int create_checked(Thread& self, clockid_t clock, const sigevent& event, timer_t* id) {
  const int notify = event.sigev_notify;
  Notice notice = Notice::none;
  if (notify == SIGEV_SIGNAL || notify == SIGEV_THREAD_ID) notice = Notice::signal;
  if (notify == SIGEV_THREAD) notice = Notice::thread;
  const bool known = notice != Notice::none || notify == SIGEV_NONE;
  const bool good_signal = event.sigev_signo > 0 && event.sigev_signo <= static_cast<int>(kSignals);
  if (!known || (notice == Notice::signal && !good_signal)) return fail(EINVAL);
  Timer& timer = make_timer(self, clock, notice);
  timer.signal = event.sigev_signo;
  timer.value = reinterpret_cast<std::int64_t>(event.sigev_value.sival_ptr);
  *id = reinterpret_cast<timer_t>(std::uintptr_t{timer.id});
  if (notice != Notice::thread) return 0;
  timer.function = reinterpret_cast<void*>(event.sigev_notify_function);
  timer.expired = new_object(ObjectKind::semaphore, &self);
  start_detached(await_rings, timer);
  return 0;
}

}  // namespace

void notify_of(Timer& timer, std::int64_t missed) {
  switch (timer.notice) {
    case Notice::none:
      break;
    case Notice::signal:
      if (is_pending(timer)) {
        timer.overrun += 1 + missed;
        break;
      }
      timer.overrun = missed;
      send_signal(*world().processes[timer.process - 1], timer.signal,
                  {static_cast<std::int32_t>(timer.id), SI_TIMER, timer.value});
      break;
    case Notice::thread:
      ++timer.expired->value;
      object_changed(*timer.expired);
      break;
    case Notice::descriptor:
      timer.rang += 1 + static_cast<std::uint64_t>(missed);
      if (!make_readable(timer)) delete_timer(timer);
      break;
  }
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int timer_create(clockid_t clock, sigevent* event, timer_t* id) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timer_create)(clock, event, id);
  const bool counts_cpu = clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
  if (counts_cpu || clock < 0) {
    report_unsupported(*self, "timer_create", "it counts CPU time, which the run does not have",
                       GRADER_CALLER);
    return fail(ENOTSUP);
  }
  if (!shows_time(clock)) return fail(EINVAL);
  if (event != nullptr && event->sigev_notify == SIGEV_THREAD_ID) {
    report_unsupported(*self, "timer_create",
                       "the signal of SIGEV_THREAD_ID goes to any thread of the process",
                       GRADER_CALLER);
  }
  if (event != nullptr) return create_checked(*self, clock, *event, id);
  sigevent usual{};
  usual.sigev_notify = SIGEV_SIGNAL;
  usual.sigev_signo = SIGALRM;
  usual.sigev_value.sival_int = static_cast<int>(world().timers.size() + 1);
  return create_checked(*self, clock, usual, id);
}

GRADER_INTERPOSED int timer_settime(timer_t id, int flags, const itimerspec* value,
                                    itimerspec* old) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timer_settime)(id, flags, value, old);
  Timer* timer = find_timer(*self, id);
  if (timer == nullptr || value == nullptr || value->it_value.tv_sec < 0 ||
      !is_valid(value->it_value) || !is_valid(value->it_interval)) {
    return fail(EINVAL);
  }
  sanitizer_release(timer);
  set_timer(*self, *timer, (flags & TIMER_ABSTIME) != 0, *value, old, GRADER_CALLER);
  return 0;
}

GRADER_INTERPOSED int timer_gettime(timer_t id, itimerspec* value) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timer_gettime)(id, value);
  const Timer* timer = find_timer(*self, id);
  if (timer == nullptr) return fail(EINVAL);
  *value = setting_of(*timer);
  return 0;
}

GRADER_INTERPOSED int timer_getoverrun(timer_t id) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timer_getoverrun)(id);
  const Timer* timer = find_timer(*self, id);
  return timer != nullptr ? static_cast<int>(timer->overrun) : fail(EINVAL);
}

GRADER_INTERPOSED int timer_delete(timer_t id) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timer_delete)(id);
  Timer* timer = find_timer(*self, id);
  if (timer == nullptr) return fail(EINVAL);
  Operation op;
  op.kind = EventKind::timer;
  op.location = GRADER_CALLER;
  op.recorded = false;
  perform(*self, op);
  delete_timer(*timer);
  if (timer->expired == nullptr) return 0;
  ++timer->expired->value;  // its thread sees that it is no more
  object_changed(*timer->expired);
  return 0;
}
