#pragma once

#include "runtime/strategy/environment.hpp"

namespace grader::runtime {

/// Partial order sampling (Yuan, Yang, Gu, CAV 2018): every pending operation has a random
/// priority and the highest goes next; those that race with it draw anew. So each order of two
/// racing operations is decided by its own coin, and independent steps cost no randomness.
struct Pos {
  Table<std::uint64_t> priorities;  ///< by thread id, of its pending operation; 0: to be drawn
  std::uint64_t floor = 0;          ///< lowest priority given so far to one who yielded
};

void pos_start(Pos& pos, Arena& arena);
std::uint32_t pos_choose(Pos& pos, const Environment& environment, const ChoicePoint& point,
                         Random& random);

}  // namespace grader::runtime
