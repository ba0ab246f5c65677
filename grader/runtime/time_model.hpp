#pragma once

#include <time.h>

#include <cstdint>

namespace grader::runtime {

/// What the virtual clock `clock` shows at `now_ns` of the run.
timespec clock_reading(clockid_t clock, std::int64_t now_ns);

/// The moment of the run at which `clock` shows `*until`; never before 0. kNoDeadline for a time
/// too far away to be told from never.
std::int64_t deadline_of(clockid_t clock, const timespec* until);

/// A span in nanoseconds, capped; negative ones are 0.
std::int64_t span_of(const timespec& span);

/// Now plus `span_ns`, capped.
std::int64_t deadline_after(std::int64_t span_ns);

/// What is left until `deadline_ns`.
timespec time_left(std::int64_t deadline_ns);

/// Whether `clock` is one that timed waits count by (clocklock, clockwait, clockjoin).
inline bool counts_for_waits(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC;
}

/// Whether the nanoseconds of `t` are within 0 and 999,999,999.
inline bool is_valid(const timespec& t) { return t.tv_nsec >= 0 && t.tv_nsec < 1'000'000'000; }

}  // namespace grader::runtime
