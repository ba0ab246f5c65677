#pragma once

#include <span>

#include "protocol/channel.hpp"
#include "runtime/strategy/blocks.hpp"
#include "runtime/strategy/dfs.hpp"
#include "runtime/strategy/environment.hpp"
#include "runtime/strategy/pct.hpp"
#include "runtime/strategy/pos.hpp"
#include "runtime/strategy/replay.hpp"
#include "runtime/strategy/round_robin.hpp"
#include "runtime/strategy/surw.hpp"

namespace grader::runtime {

/// What a strategy is told at the start of a run. Nothing is copied but the sleep set and the
/// profile: the rest must stay where it is.
struct StrategyInput {
  const protocol::RunOptions& options;
  std::span<const protocol::Choice> choices;
  std::span<const protocol::ProfileEntry> profile;
  std::span<const Candidate> sleeping;
  std::span<const protocol::ScheduleBlock> blocks;
};

/// The input that the grader left in a channel.
inline StrategyInput strategy_input(const protocol::Channel& channel) {
  const protocol::RunOptions& o = channel.header().options;
  return {o,
          {channel.choices(), o.choices_size},
          {channel.profile(), o.profile_size},
          {channel.sleeping(), o.sleeping_size},
          {channel.blocks(), o.blocks_size}};
}

/// The strategy of one run: plain data that lives in the arena, without pointers to code, so that
/// any process of the run can ask it.
struct StrategyState {
  protocol::StrategyKind kind = protocol::StrategyKind::native;
  Random random;
  Environment environment;
  Pct pct;
  Pos pos;
  Surw surw;
  RoundRobin round_robin;
  Replay replay;
  Dfs dfs;
  Blocks blocks;
};

/// Must come first. `arena` outlives the state.
void strategy_start(StrategyState& state, const StrategyInput& input, Arena& arena);

/// Who goes next: an index into `point.candidates`. To be asked at *every* step, those with one
/// candidate too (most strategies count steps); only answers to a question with several candidates
/// belong into the channel's choices region.
std::uint32_t strategy_choose(StrategyState& state, const ChoicePoint& point);

/// The given choices did not fit the run: it is not the one that was recorded.
bool strategy_diverged(const StrategyState& state);

/// The rest of the run is known to the search, and may be cut short.
bool strategy_abandoned(const StrategyState& state);

/// Appends the step to the channel's decisions region, when the options ask for it. To be called
/// after each strategy_choose; only the search and the lanes need it.
inline void record_decision(const protocol::Channel& channel, const StrategyState& state,
                            const ChoicePoint& point, std::uint32_t taken) {
  if (channel.header().options.record_decisions == 0) return;
  const unsigned flags = (point.previous_yielded ? unsigned{protocol::kPreviousYielded} : 0U) |
                         (strategy_abandoned(state) ? unsigned{protocol::kAbandoned} : 0U);
  channel.append_decision(
      {static_cast<std::uint32_t>(point.candidates.size()), taken, point.step, point.time_ns,
       point.previous_thread, static_cast<std::uint16_t>(flags), 0},
      point.candidates.data());
}

/// Appends what blocked threads wait to do when the run ends (deadlock, exit). A search needs it to
/// know which other orders are worth trying.
inline void record_final(const protocol::Channel& channel, std::span<const Candidate> blocked) {
  if (channel.header().options.record_decisions == 0) return;
  channel.append_decision({static_cast<std::uint32_t>(blocked.size()), 0, 0, 0, 0,
                           static_cast<std::uint16_t>(protocol::kFinal), 0},
                          blocked.data());
}

}  // namespace grader::runtime
