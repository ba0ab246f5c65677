#include "runtime/strategy/strategies.hpp"

#include "runtime/strategy/random_walk.hpp"

namespace grader::runtime {
namespace {

using protocol::StrategyKind;

// The strategies that choose among threads while the environment acts by its own rules.
std::uint32_t choose_thread(StrategyState& state, const ChoicePoint& point) {
  const std::uint32_t taken_by_environment =
      environment_choose(state.environment, point, state.random);
  if (taken_by_environment != kNoCandidate) return taken_by_environment;
  switch (state.kind) {
    case StrategyKind::pct:
      return pct_choose(state.pct, state.environment, point, state.random);
    case StrategyKind::pos:
      return pos_choose(state.pos, state.environment, point, state.random);
    case StrategyKind::surw:
      return surw_choose(state.surw, state.environment, point, state.random);
    case StrategyKind::round_robin:
      return round_robin_choose(state.round_robin, state.environment, point);
    default:
      return random_walk_choose(state.environment, state.random);
  }
}

}  // namespace

void strategy_start(StrategyState& state, const StrategyInput& input, Arena& arena) {
  const protocol::RunOptions& options = input.options;
  state.kind = options.strategy;
  state.random = Random(options.seed);
  state.random.next();
  environment_start(state.environment, options, state.random, arena);
  pct_start(state.pct, options, state.random, arena);
  pos_start(state.pos, arena);
  surw_start(state.surw, input.profile, state.random, arena);
  round_robin_start(state.round_robin, options);
  replay_start(state.replay, input.choices);
  dfs_start(state.dfs, input.choices, input.sleeping, arena);
  blocks_start(state.blocks, input.blocks);
}

std::uint32_t strategy_choose(StrategyState& state, const ChoicePoint& point) {
  switch (state.kind) {
    case StrategyKind::replay:
      return replay_choose(state.replay, point);
    case StrategyKind::dfs:
      return dfs_choose(state.dfs, point);
    case StrategyKind::blocks:
      return blocks_choose(state.blocks, point);
    default:
      break;
  }
  const std::uint32_t taken = choose_thread(state, point);
  environment_note(state.environment, point, taken);
  return taken;
}

bool strategy_diverged(const StrategyState& state) {
  return state.replay.diverged_at != Replay::kNever ||
         state.dfs.prefix.diverged_at != Replay::kNever;
}

bool strategy_abandoned(const StrategyState& state) {
  return state.kind == StrategyKind::dfs && state.dfs.abandoned;
}

}  // namespace grader::runtime
