#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/decision_log.hpp"
#include "protocol/run_options.hpp"

namespace grader {

/// What a profile run showed: how long the program is, and which operations of several threads
/// meet. Strategies that sample whole schedules (PCT, SURW) need it.
class Profile {
 public:
  Profile() = default;
  explicit Profile(const std::vector<protocol::Decision>& log);

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

  /// The call sites of one object that several threads use and somebody changes, drawn by `seed`,
  /// with how often each thread passed them; at one draw in eight those of all such objects. Empty
  /// when nothing is shared.
  [[nodiscard]] std::vector<protocol::ProfileEntry> draw_interesting(std::uint64_t seed) const;

 private:
  std::uint64_t steps_ = 0;
  std::vector<protocol::ProfileEntry> entries_;           ///< by (location, thread), all operations
  std::vector<std::vector<std::uint64_t>> shared_sites_;  ///< by shared object: its call sites
};

/// One run of a search: by which strategy, under which seed.
struct PlannedRun {
  protocol::StrategyKind strategy = protocol::StrategyKind::replay;
  std::uint64_t seed = 1;
  std::uint32_t depth = 3;
};

/// Schedule `k` of a search with `seed`: a function of these alone, whoever runs it. The first
/// follows the default policy (it is the profile run), the others `strategy`, or take turns in the
/// portfolio when there is none.
PlannedRun plan_run(std::optional<protocol::StrategyKind> strategy, std::uint64_t seed,
                    std::uint64_t k);

}  // namespace grader
