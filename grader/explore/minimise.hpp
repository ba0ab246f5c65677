#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "protocol/decision_log.hpp"
#include "protocol/schedule.hpp"

namespace grader {

/// How far a schedule is from one that everybody would expect.
struct ScheduleCost {
  std::uint64_t preemptions = 0;  ///< a thread was stopped though it could have gone on
  std::uint64_t environment = 0;  ///< time-outs before they had to come, spurious wake-ups, …
  std::uint64_t switches = 0;     ///< changes of thread, all of them
  auto operator<=>(const ScheduleCost&) const = default;
  /// Preemptions and environment weigh alike; switches decide between equals.
  [[nodiscard]] bool is_less_than(const ScheduleCost& other) const;
};

/// Whether the step at `i` of `log` preempts: the thread before it did not yield and could have
/// gone on.
bool preempts(const std::vector<protocol::Decision>& log, std::size_t i);

ScheduleCost schedule_cost(const std::vector<protocol::Decision>& log);

/// The schedule as its runs of steps of one thread.
std::vector<protocol::ScheduleBlock> to_blocks(const std::vector<protocol::Decision>& log);

/// Where the run departs from the default policy: with these picks a replay takes the same course.
std::vector<protocol::Schedule::Pick> to_picks(const std::vector<protocol::Decision>& log);

/// Tries a schedule; gives what the run decided when it fails in the same way as the original,
/// nothing when it does not.
using TrySchedule = std::function<std::optional<std::vector<protocol::Decision>>(
    const std::vector<protocol::ScheduleBlock>&)>;

struct MinimisedSchedule {
  std::vector<protocol::Decision> log;
  ScheduleCost cost;
  std::uint64_t runs = 0;  ///< that it took
};

/// A schedule that fails in the same way with as few preemptions as local changes give (after
/// Jalbert, Sen, "A trace simplification technique for effective debugging of concurrent programs",
/// FSE 2010): the tail is left to the default policy, blocks of one thread are brought together,
/// as long as the run still fails and gets cheaper. At most `runs_max` runs are tried.
MinimisedSchedule minimise(const std::vector<protocol::Decision>& failing, const TrySchedule& run,
                           std::uint64_t runs_max);

}  // namespace grader
