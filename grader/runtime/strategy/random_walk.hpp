#pragma once

#include "runtime/strategy/environment.hpp"

namespace grader::runtime {

/// Uniform among what can run. The baseline: unbiased at each point, heavily biased over whole
/// schedules (an order that needs one thread to be late k times has probability n^-k).
inline std::uint32_t random_walk_choose(const Environment& environment, Random& random) {
  const Table<std::uint32_t>& ordinary = environment.ordinary;
  return ordinary[static_cast<std::uint32_t>(random.below(ordinary.size()))];
}

}  // namespace grader::runtime
