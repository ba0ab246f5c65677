#include "runtime/strategy/pct.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint64_t kStepsUnlessKnown = 100;
constexpr std::int64_t kStartPriority = std::int64_t{1} << 32U;

// Thread ids grow as threads are made, so a random number is as good as a random permutation; a
// tie among 2^62 goes to the lower id.
std::int64_t priority_of(Pct& pct, std::uint32_t thread, Random& random) {
  std::int64_t& priority = pct.priorities.at(thread);
  if (priority == 0 && pct.newest_first) {
    priority = kStartPriority + (thread == 1 ? kStartPriority : std::int64_t{thread});
  } else if (priority == 0) {
    priority = kStartPriority + static_cast<std::int64_t>(random.next() >> 2U);
  }
  return priority;
}

void apply_changes(Pct& pct, const ChoicePoint& point, Random& random) {
  const std::uint64_t done = point.step - 1;
  for (std::uint32_t i = 0; i < pct.changes.size();) {
    const Pct::ChangePoint change = pct.changes[i];
    if (change.step > done) {
      ++i;
      continue;
    }
    if (change.step > pct.last_step) {
      priority_of(pct, point.previous_thread, random);
      pct.priorities.at(point.previous_thread) = change.priority;
    }
    pct.changes[i] = pct.changes[pct.changes.size() - 1];
    pct.changes.shrink(pct.changes.size() - 1);
  }
  pct.last_step = done;
}

}  // namespace

void pct_start(Pct& pct, const protocol::RunOptions& options, Random& random, Arena& arena) {
  pct.priorities.start(arena);
  pct.changes.start(arena);
  pct.last_step = 0;
  pct.floor = 0;
  const bool drawn = random.chance(1, 8);
  pct.newest_first = drawn || options.depth == 0;
  const std::uint64_t steps =
      options.expected_steps != 0 ? options.expected_steps : kStepsUnlessKnown;
  for (std::uint32_t i = 1; i < options.depth; ++i) {
    pct.changes.push_back({1 + random.below(steps), std::int64_t{i}});
  }
}

std::uint32_t pct_choose(Pct& pct, const Environment& environment, const ChoicePoint& point,
                         Random& random) {
  apply_changes(pct, point, random);
  if (point.previous_yielded) pct.priorities.at(point.previous_thread) = --pct.floor;
  std::uint32_t best = environment.ordinary[0];
  std::int64_t best_priority = priority_of(pct, point.candidates[best].thread, random);
  for (std::uint32_t i = 1; i < environment.ordinary.size(); ++i) {
    const std::uint32_t index = environment.ordinary[i];
    const std::int64_t priority = priority_of(pct, point.candidates[index].thread, random);
    if (priority > best_priority) {
      best = index;
      best_priority = priority;
    }
  }
  return best;
}

}  // namespace grader::runtime
