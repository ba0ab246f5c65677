#pragma once

#include "runtime/strategy/environment.hpp"

namespace grader::runtime {

/// Everybody in turn, by thread id, `quantum` steps each. The seed chooses the quantum, 1 to 8, so
/// that a budget of schedules is not one schedule many times.
struct RoundRobin {
  std::uint32_t quantum = 1;
  std::uint32_t left = 0;  ///< steps that the previous thread still has
};

inline void round_robin_start(RoundRobin& state, const protocol::RunOptions& options) {
  state.quantum = 1 + static_cast<std::uint32_t>(options.seed % 8);
  state.left = state.quantum;
}

inline std::uint32_t round_robin_choose(RoundRobin& state, const Environment& environment,
                                        const ChoicePoint& point) {
  const Table<std::uint32_t>& ordinary = environment.ordinary;
  std::uint32_t next = ordinary[0];
  bool next_is_above = false;
  for (std::uint32_t i = 0; i < ordinary.size(); ++i) {
    const std::uint32_t thread = point.candidates[ordinary[i]].thread;
    if (thread == point.previous_thread && state.left > 0) {
      --state.left;
      return ordinary[i];
    }
    if (thread > point.previous_thread && !next_is_above) {
      next = ordinary[i];
      next_is_above = true;
    }
  }
  state.left = state.quantum - 1;
  return next;
}

}  // namespace grader::runtime
