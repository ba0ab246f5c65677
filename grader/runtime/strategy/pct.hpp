#pragma once

#include "runtime/strategy/environment.hpp"

namespace grader::runtime {

/// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010):
/// threads run by random priority; at d-1 steps drawn from k the running thread's priority falls
/// below all others. Finds a bug of depth d among n threads with probability 1/(n k^(d-1)).
///
/// At one run in eight the start priorities are not drawn but fall with the thread's id, the first
/// thread's ahead: everybody is made, then the newest goes first. The order that nobody thinks of
/// when he starts threads in a loop is one of n! for a draw. The bound holds for the other runs.
struct Pct {
  struct ChangePoint {
    std::uint64_t step;     ///< after this step of the run…
    std::int64_t priority;  ///< …its thread has this priority; 1 to d-1, each once
  };
  Table<std::int64_t> priorities;  ///< by thread id; 0: not met yet; start ones are above all d
  Table<ChangePoint> changes;      ///< those still to come, unordered
  bool newest_first = false;       ///< start priorities fall with the id
  std::uint64_t last_step = 0;     ///< change points up to here are done
  std::int64_t floor = 0;          ///< lowest priority that a yield was answered with; <= 0
};

void pct_start(Pct& pct, const protocol::RunOptions& options, Random& random, Arena& arena);
std::uint32_t pct_choose(Pct& pct, const Environment& environment, const ChoicePoint& point,
                         Random& random);

}  // namespace grader::runtime
