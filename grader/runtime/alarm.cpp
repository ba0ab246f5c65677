#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/controller.hpp"
#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/time_model.hpp"
#include "runtime/timers.hpp"

namespace grader::runtime {
namespace {

constexpr const char* kCpuTime = "it counts CPU time, which the run does not have: it never rings";

std::int64_t to_ns(const timeval& t) { return t.tv_sec * 1'000'000'000LL + t.tv_usec * 1000LL; }

timeval to_timeval(std::int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000 / 1000}; }

bool is_valid_span(const timeval& t) {
  return t.tv_sec >= 0 && t.tv_usec >= 0 && t.tv_usec < 1'000'000;
}

itimerval setting(const Process& process) {
  if (process.alarm == nullptr) return {};
  return {to_timeval(interval_of(*process.alarm)), to_timeval(left_of(*process.alarm))};
}

// What was left of the alarm before, in nanoseconds.
std::int64_t set_alarm(Process& process, std::int64_t span_ns, std::int64_t interval_ns) {
  if (process.alarm == nullptr) process.alarm = &make_clock(process);
  const std::int64_t left = disarm(*process.alarm);
  if (span_ns > 0) arm(*process.alarm, deadline_after(span_ns), interval_ns);
  return left;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED unsigned alarm(unsigned seconds) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(alarm)(seconds);
  const std::int64_t left = set_alarm(process_of(*self), seconds * 1'000'000'000LL, 0);
  return static_cast<unsigned>((left + 999'999'999) / 1'000'000'000);
}

GRADER_INTERPOSED useconds_t ualarm(useconds_t us, useconds_t interval_us) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(ualarm)(us, interval_us);
  return static_cast<useconds_t>(set_alarm(process_of(*self), us * 1000LL, interval_us * 1000LL) /
                                 1000);
}

GRADER_INTERPOSED int getitimer(__itimer_which_t which, itimerval* value) noexcept {
  Thread* self = controlled();
  if (self == nullptr || which != ITIMER_REAL) return NEXT(getitimer)(which, value);
  *value = setting(process_of(*self));
  return 0;
}

GRADER_INTERPOSED int setitimer(__itimer_which_t which, const itimerval* value,
                                itimerval* old) noexcept {
  Thread* self = controlled();
  const bool known = which == ITIMER_REAL || which == ITIMER_VIRTUAL || which == ITIMER_PROF;
  if (self == nullptr || !known) return NEXT(setitimer)(which, value, old);
  if (!is_valid_span(value->it_value) || !is_valid_span(value->it_interval)) {
    errno = EINVAL;
    return -1;
  }
  if (which != ITIMER_REAL) {
    report_unsupported(*self, "setitimer", kCpuTime, GRADER_CALLER);
    if (old != nullptr) *old = {};
    return 0;
  }
  Process& process = process_of(*self);
  if (old != nullptr) *old = setting(process);
  set_alarm(process, to_ns(value->it_value), to_ns(value->it_interval));
  return 0;
}
