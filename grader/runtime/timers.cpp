#include "runtime/timers.hpp"

#include <signal.h>

#include "runtime/candidates.hpp"
#include "runtime/controller.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/time_model.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

timespec to_timespec(std::int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000}; }

}  // namespace

void arm(Thread& clock, std::int64_t deadline_ns, std::int64_t interval_ns) {
  Operation op;
  op.kind = EventKind::timer;
  op.guard = Guard::never;
  op.deadline_ns = deadline_ns;
  op.value = interval_ns;
  announce(clock, op);
}

std::int64_t left_of(const Thread& clock) {
  if (!clock.announced) return 0;
  const std::int64_t left = clock.pending.deadline_ns - world().now_ns;
  return left > 0 ? left : 1;  // it is about to ring; 0 would say that it stands still
}

std::int64_t interval_of(const Thread& clock) { return clock.announced ? clock.pending.value : 0; }

std::int64_t disarm(Thread& clock) {
  const std::int64_t left = left_of(clock);
  if (clock.announced) retract(clock);
  return left;
}

Thread& make_clock(const Process& process) {
  World& w = world();
  Thread* clock = w.arena.make<Thread>();
  clock->id = w.threads.size() + 1;
  clock->process = process.id;
  clock->life = Life::running;
  clock->is_timer = true;
  clock->detached = true;
  w.threads.push_back(w.arena, clock);
  return *clock;
}

void ring(Thread& clock) {
  const std::int64_t interval = clock.pending.value;
  std::int64_t missed = 0;
  // In step with the first time, however late this one is.
  if (interval > 0) {
    const std::int64_t due = clock.pending.deadline_ns;
    if (world().now_ns > due) missed = (world().now_ns - due) / interval;
    arm(clock, due + (missed + 1) * interval, interval);
  }
  if (clock.timer != nullptr) {
    notify_of(*clock.timer, missed);
    return;
  }
  send_signal(process_of(clock), SIGALRM, {0, SI_KERNEL, 0});
}

void ring_overdue() {
  World& w = world();
  for (std::uint32_t i = 0; i < w.sleepers.size(); ++i) {
    Thread& clock = *w.sleepers[i];
    if (clock.pending.deadline_ns > w.now_ns) return;
    if (!clock.is_timer) continue;
    retract(clock);
    record(clock, EventKind::timer, clock.pending.value);
    ring(clock);
    i = UINT32_MAX;  // from the start: the sleepers are others now
  }
}

Timer& make_timer(const Thread& self, clockid_t clock, Notice notice) {
  World& w = world();
  Timer* timer = w.arena.make<Timer>();
  timer->id = w.timers.size() + 1;
  timer->process = self.process;
  timer->notice = notice;
  timer->clock_id = clock;
  timer->clock = &make_clock(process_of(self));
  timer->clock->timer = timer;
  w.timers.push_back(w.arena, timer);
  return *timer;
}

void delete_timer(Timer& timer) {
  disarm(*timer.clock);
  timer.clock->life = Life::ended;
  timer.deleted = true;
}

itimerspec setting_of(const Timer& timer) {
  return {to_timespec(interval_of(*timer.clock)), to_timespec(left_of(*timer.clock))};
}

void set_timer(Thread& self, Timer& timer, bool absolute, const itimerspec& value, itimerspec* old,
               std::uint64_t location) {
  const std::int64_t span = span_of(value.it_value);
  Operation op;
  op.kind = EventKind::timer;
  op.location = location;
  op.value = span;
  op.recorded = false;
  perform(self, op);
  if (old != nullptr) *old = setting_of(timer);
  disarm(*timer.clock);
  timer.overrun = 0;
  if (value.it_value.tv_sec == 0 && value.it_value.tv_nsec == 0) return;
  const std::int64_t deadline =
      absolute ? deadline_of(timer.clock_id, &value.it_value) : deadline_after(span);
  arm(*timer.clock, deadline == kNoDeadline ? kNoDeadline - 1 : deadline,
      span_of(value.it_interval));
}

void stop_clocks(Process& process) {
  if (process.alarm != nullptr) {
    disarm(*process.alarm);
    process.alarm->life = Life::ended;
    process.alarm = nullptr;
  }
  for (Timer* timer : world().timers) {
    if (timer->process == process.id && !timer->deleted) delete_timer(*timer);
  }
}

void delete_timers(const Process& process) {
  for (Timer* timer : world().timers) {
    const bool stays = timer->notice == Notice::descriptor;
    if (timer->process == process.id && !timer->deleted && !stays) delete_timer(*timer);
  }
}

}  // namespace grader::runtime
