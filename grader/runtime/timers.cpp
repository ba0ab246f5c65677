#include "runtime/timers.hpp"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/candidates.hpp"
#include "runtime/controller.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/time_model.hpp"

// A process's alarm clock is a thread of the model with nothing behind it: its only operation is to
// wait for its time.
namespace grader::runtime {
namespace {

void arm(Thread& timer, std::int64_t deadline_ns, std::int64_t interval_ns) {
  Operation op;
  op.kind = EventKind::timer;
  op.guard = Guard::never;
  op.deadline_ns = deadline_ns;
  op.value = interval_ns;
  announce(timer, op);
}

Thread& alarm_of(Process& process) {
  if (process.alarm != nullptr) return *process.alarm;
  World& w = world();
  Thread* timer = w.arena.make<Thread>();
  timer->id = w.threads.size() + 1;
  timer->process = process.id;
  timer->life = Life::running;
  timer->is_timer = true;
  timer->detached = true;
  w.threads.push_back(w.arena, timer);
  return *(process.alarm = timer);
}

// What was left of the alarm before, in nanoseconds.
std::int64_t set_alarm(Process& process, std::int64_t span_ns, std::int64_t interval_ns) {
  Thread& timer = alarm_of(process);
  std::int64_t left = 0;
  if (timer.announced) {
    left = timer.pending.deadline_ns - world().now_ns;
    retract(timer);
  }
  if (span_ns > 0) arm(timer, deadline_after(span_ns), interval_ns);
  return left > 0 ? left : 0;
}

std::int64_t to_ns(const timeval& t) { return t.tv_sec * 1'000'000'000LL + t.tv_usec * 1000LL; }

timeval to_timeval(std::int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000 / 1000}; }

}  // namespace

void ring(Thread& timer) {
  Process& process = process_of(timer);
  const std::int64_t interval = timer.pending.value;
  if (interval > 0) arm(timer, deadline_after(interval), interval);
  send_signal(process, SIGALRM, {0, SI_KERNEL, 0});
}

void stop_alarm(Process& process) {
  if (process.alarm == nullptr) return;
  if (process.alarm->announced) retract(*process.alarm);
  process.alarm->life = Life::ended;
  process.alarm = nullptr;
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED unsigned alarm(unsigned seconds) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(alarm)(seconds);
  const std::int64_t left = set_alarm(process_of(*self), seconds * 1'000'000'000LL, 0);
  return static_cast<unsigned>((left + 999'999'999) / 1'000'000'000);
}

GRADER_INTERPOSED int setitimer(__itimer_which_t which, const itimerval* value,
                                itimerval* old) noexcept {
  Thread* self = controlled();
  if (self == nullptr || which != ITIMER_REAL) return NEXT(setitimer)(which, value, old);
  Process& process = process_of(*self);
  const std::int64_t was = process.alarm != nullptr ? process.alarm->pending.value : 0;
  const std::int64_t left = set_alarm(process, to_ns(value->it_value), to_ns(value->it_interval));
  if (old != nullptr) *old = {to_timeval(was), to_timeval(left)};
  return 0;
}
