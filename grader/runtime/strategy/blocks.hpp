#pragma once

#include <span>

#include "runtime/strategy/default_policy.hpp"

namespace grader::runtime {

/// Follows a schedule told by its context switches as far as it can be followed: at each step the
/// first of the blocks to come whose thread can run goes on, those before it are left out; where
/// none fits, the default policy decides. The minimiser's way to try a schedule that it made up.
struct Blocks {
  const protocol::ScheduleBlock* given = nullptr;  ///< in the channel
  std::uint32_t given_size = 0;
  std::uint32_t current = 0;  ///< blocks before it are done or left out
  std::uint32_t used = 0;     ///< steps taken of the current one
};

inline void blocks_start(Blocks& blocks, std::span<const protocol::ScheduleBlock> given) {
  blocks = Blocks{};
  blocks.given = given.data();
  blocks.given_size = static_cast<std::uint32_t>(given.size());
}

inline std::uint32_t blocks_choose(Blocks& blocks, const ChoicePoint& point) {
  if (blocks.current < blocks.given_size && blocks.used >= blocks.given[blocks.current].steps) {
    ++blocks.current;
    blocks.used = 0;
  }
  for (std::uint32_t b = blocks.current; b < blocks.given_size; ++b) {
    const protocol::ScheduleBlock& block = blocks.given[b];
    if (block.steps == 0) continue;
    for (std::uint32_t i = 0; i < point.candidates.size(); ++i) {
      const Candidate& c = point.candidates[i];
      if (c.thread != block.thread || c.kind != block.kind) continue;
      if (b != blocks.current) blocks.used = 0;
      blocks.current = b;
      ++blocks.used;
      return i;
    }
  }
  return default_choice(point);
}

}  // namespace grader::runtime
