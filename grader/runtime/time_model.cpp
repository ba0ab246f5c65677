#include "runtime/time_model.hpp"

#include "runtime/local.hpp"

namespace grader::runtime {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
// 2025-01-06 08:00:00 UTC, a Monday: the same date in every run.
constexpr std::int64_t kRealtimeStart = 1'736'150'400LL * kSecond;
// A machine that has been up for a while: programs subtract from steady clocks.
constexpr std::int64_t kMonotonicStart = 1'000 * kSecond;
// The CPU time that a step of the program counts for.
constexpr std::int64_t kStepCpu = 1'000;

// What `clock` showed when the run began.
std::int64_t start_of(clockid_t clock) {
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
      return kRealtimeStart;
    default:
      return kMonotonicStart;
  }
}

bool counts_cpu(clockid_t clock) {
  return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID || clock < 0;
}

timespec to_timespec(std::int64_t ns) { return {ns / kSecond, ns % kSecond}; }

}  // namespace

timespec clock_reading(clockid_t clock, std::int64_t now_ns) {
  if (counts_cpu(clock)) return to_timespec(static_cast<std::int64_t>(world().step) * kStepCpu);
  return to_timespec(start_of(clock) + now_ns);
}

std::int64_t span_of(const timespec& span) {
  if (span.tv_sec < 0) return 0;
  constexpr std::int64_t kSecondsMax = (kNoDeadline - 1) / kSecond / 4;
  if (span.tv_sec > kSecondsMax) return kSecondsMax * kSecond;
  return span.tv_sec * kSecond + span.tv_nsec;
}

std::int64_t deadline_of(clockid_t clock, const timespec* until) {
  if (until == nullptr) return kNoDeadline;
  constexpr std::int64_t kSecondsMax = (kNoDeadline - 1) / kSecond / 2;
  if (until->tv_sec > kSecondsMax) return kNoDeadline;
  const std::int64_t at = span_of(*until) - start_of(clock);
  return at > 0 ? at : 0;
}

std::int64_t deadline_after(std::int64_t span_ns) {
  const std::int64_t now = world().now_ns;
  return span_ns < kNoDeadline - 1 - now ? now + span_ns : kNoDeadline - 1;
}

timespec time_left(std::int64_t deadline_ns) {
  const std::int64_t left = deadline_ns - world().now_ns;
  return to_timespec(left > 0 ? left : 0);
}

}  // namespace grader::runtime
