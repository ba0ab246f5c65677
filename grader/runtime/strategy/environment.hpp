#pragma once

#include <cstdint>

#include "runtime/strategy/random.hpp"
#include "runtime/strategy/strategy.hpp"
#include "runtime/strategy/table.hpp"

namespace grader::runtime {

/// Sorts the candidates of a choice point into what threads do (handed to the strategy proper) and
/// what the environment does to them (taken now and then, before the strategy is asked).
///
/// - In one half of the runs, the calm ones, the environment acts only when no thread can. A
///   strategy's guarantee over the threads' steps therefore holds with at least half its
///   probability, whatever the environment offers.
/// - In the others a rare candidate (time-out of a wait, spurious wake-up, failing try) is taken
///   at one of sixteen points that offer any, and the end of a sleep counts as a step of its
///   thread. Each thread's share falls with every early one it has had, so a loop around a wait or
///   a polling sleep cannot starve the rest of the run.
/// - A thread that yielded is passed over while another can run.
struct Environment {
  struct PerThread {
    std::uint64_t seen_at = 0;  ///< last point that offered the end of its sleep
    std::uint32_t early = 0;    ///< how often the environment acted on it before it had to
    bool brisk = false;         ///< whether the sleep it is in may end early
    bool can_step = false;      ///< valid within environment_choose only
  };
  bool calm = true;
  bool any_step = false;          ///< at the current point some thread can run
  std::uint64_t points = 0;       ///< choice points seen; 0 before the first
  Table<PerThread> threads;       ///< by thread id
  Table<std::uint32_t> ordinary;  ///< candidates left to the strategy, ascending; never empty
  Table<std::uint32_t> rare;      ///< the environment's, ascending
};

void environment_start(Environment& environment, const protocol::RunOptions& options,
                       Random& random, Arena& arena);

/// Fills `environment.ordinary`; returns the candidate that the environment takes at this point, or
/// kNoCandidate when the strategy is to choose among the ordinary ones.
std::uint32_t environment_choose(Environment& environment, const ChoicePoint& point,
                                 Random& random);

/// To be told of every choice, whoever made it.
void environment_note(Environment& environment, const ChoicePoint& point, std::uint32_t taken);

}  // namespace grader::runtime
