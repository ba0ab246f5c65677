#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/candidates.hpp"
#include "runtime/controller.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/signals.hpp"
#include "runtime/time_model.hpp"

namespace grader::runtime {
namespace {

// False: a signal's handler ended it early.
bool sleep_until(Thread& self, std::int64_t deadline_ns, std::int64_t span_ns,
                 std::uint64_t location) {
  Operation begin;
  begin.kind = EventKind::sleep;
  begin.cancellable = true;
  begin.location = location;
  begin.value = span_ns;
  if (deadline_ns <= world().now_ns) {
    begin.passes_over = true;
    perform(self, begin);
    return true;
  }
  perform(self, begin);
  Operation op;
  op.kind = EventKind::wake;
  op.guard = Guard::never;
  op.cancellable = true;
  op.interruptible = true;
  op.never_restarts = true;
  op.location = location;
  op.value = 0;
  op.deadline_ns = deadline_ns;
  if (perform(self, op) == CandidateKind::signal) return false;
  come_back_from_kernel(self);
  return true;
}

// Clocks stand still while somebody can run. A thread that reads one again and again between two of
// its steps is waiting for it to move: it lets others go first, and when they all wait too, time
// passes in steps that double, so that a busy wait of any length ends soon.
void poll_clock(Thread& self, std::uint64_t location) {
  constexpr std::uint32_t kReadsAtOnce = 8;
  constexpr std::int64_t kFirstStep = 1'000;
  constexpr std::int64_t kLongestStep = 10'000'000;
  World& w = world();
  if (++self.clock_reads <= kReadsAtOnce) return;
  Operation op;
  op.kind = EventKind::yield;
  op.location = location;
  op.passes_over = true;
  op.polls_clock = true;
  perform(self, op);
  if (!everybody_polls()) return;
  std::int64_t passes = kFirstStep << (self.spins < 30 ? self.spins : 30U);
  if (passes > kLongestStep) passes = kLongestStep;
  w.now_ns += passes;
  w.step_of_time = w.step;
}

timespec read_clock(Thread& self, clockid_t clock, std::uint64_t location) {
  poll_clock(self, location);
  return clock_reading(clock, world().now_ns);
}

bool known_clock(clockid_t clock) { return clock < 0 || clock <= CLOCK_TAI; }

// What is left of the sleep when a signal's handler ended it early, else 0. In nanoseconds.
std::int64_t sleep_for(Thread& self, std::int64_t span_ns, std::uint64_t location) {
  const std::int64_t deadline = deadline_after(span_ns);
  if (sleep_until(self, deadline, span_ns, location)) return 0;
  const std::int64_t left = deadline - world().now_ns;
  return left > 0 ? left : 1;
}

// The same as nanosleep says it: 0, or EINTR with *rest filled in.
int sleep_or_rest(Thread& self, const timespec& span, timespec* rest, std::uint64_t location) {
  const std::int64_t left = sleep_for(self, span_of(span), location);
  if (left == 0) return 0;
  if (rest != nullptr) *rest = {left / 1'000'000'000, left % 1'000'000'000};
  return EINTR;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int clock_gettime(clockid_t clock, timespec* out) noexcept {
  Thread* self = controlled();
  if (self == nullptr || !known_clock(clock)) return NEXT(clock_gettime)(clock, out);
  *out = read_clock(*self, clock, GRADER_CALLER);
  return 0;
}

GRADER_INTERPOSED int gettimeofday(timeval* out, void* zone) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(gettimeofday)(out, zone);
  const timespec now = read_clock(*self, CLOCK_REALTIME, GRADER_CALLER);
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

GRADER_INTERPOSED time_t time(time_t* out) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(time)(out);
  const timespec now = read_clock(*self, CLOCK_REALTIME, GRADER_CALLER);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}

GRADER_INTERPOSED int timespec_get(timespec* out, int base) noexcept {
  Thread* self = controlled();
  if (self == nullptr || base != TIME_UTC) return NEXT(timespec_get)(out, base);
  *out = read_clock(*self, CLOCK_REALTIME, GRADER_CALLER);
  return base;
}

GRADER_INTERPOSED clock_t clock() noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(clock)();
  const timespec now = read_clock(*self, CLOCK_PROCESS_CPUTIME_ID, GRADER_CALLER);
  return now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / 1000;
}

GRADER_INTERPOSED int nanosleep(const timespec* span, timespec* rest) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(nanosleep)(span, rest);
  if (!is_valid(*span) || span->tv_sec < 0) {
    errno = EINVAL;
    return -1;
  }
  const int error = sleep_or_rest(*self, *span, rest, GRADER_CALLER);
  if (error != 0) errno = error;
  return error == 0 ? 0 : -1;
}

GRADER_INTERPOSED int clock_nanosleep(clockid_t clock, int flags, const timespec* span,
                                      timespec* rest) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(clock_nanosleep)(clock, flags, span, rest);
  if (!is_valid(*span)) return EINVAL;
  if (clock == CLOCK_THREAD_CPUTIME_ID || !known_clock(clock)) return EINVAL;
  if ((flags & TIMER_ABSTIME) == 0) {
    if (span->tv_sec < 0) return EINVAL;
    return sleep_or_rest(*self, *span, rest, GRADER_CALLER);
  }
  const std::int64_t deadline = deadline_of(clock, span);
  const std::int64_t left = deadline - world().now_ns;
  const bool slept = sleep_until(*self, deadline == kNoDeadline ? kNoDeadline - 1 : deadline,
                                 left > 0 ? left : 0, GRADER_CALLER);
  return slept ? 0 : EINTR;
}

GRADER_INTERPOSED int thrd_sleep(const timespec* span, timespec* rest) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(thrd_sleep)(span, rest);
  if (!is_valid(*span) || span->tv_sec < 0) return -2;
  return sleep_or_rest(*self, *span, rest, GRADER_CALLER) == 0 ? 0 : -1;
}

GRADER_INTERPOSED unsigned sleep(unsigned seconds) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sleep)(seconds);
  const std::int64_t left = sleep_for(*self, std::int64_t{seconds} * 1'000'000'000, GRADER_CALLER);
  return static_cast<unsigned>((left + 999'999'999) / 1'000'000'000);
}

GRADER_INTERPOSED int usleep(useconds_t us) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(usleep)(us);
  if (sleep_for(*self, std::int64_t{us} * 1000, GRADER_CALLER) == 0) return 0;
  errno = EINTR;
  return -1;
}

namespace {

int yield_controlled(Thread& self, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::yield;
  op.passes_over = true;
  op.location = location;
  perform(self, op);
  return 0;
}

}  // namespace

GRADER_INTERPOSED int sched_yield() noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sched_yield)();
  return yield_controlled(*self, GRADER_CALLER);
}

GRADER_INTERPOSED void thrd_yield() noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(thrd_yield)();
  yield_controlled(*self, GRADER_CALLER);
}
