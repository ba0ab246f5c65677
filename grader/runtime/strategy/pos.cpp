#include "runtime/strategy/pos.hpp"

#include "protocol/dependence.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint64_t kLowestDrawn = std::uint64_t{1} << 48U;

}  // namespace

void pos_start(Pos& pos, Arena& arena) {
  pos.priorities.start(arena);
  pos.floor = kLowestDrawn;
}

std::uint32_t pos_choose(Pos& pos, const Environment& environment, const ChoicePoint& point,
                         Random& random) {
  // Who yields comes after everybody, or two that spin could keep a third waiting for ever.
  if (point.previous_yielded) pos.priorities.at(point.previous_thread) = --pos.floor;
  std::uint32_t best = environment.ordinary[0];
  std::uint64_t best_priority = 0;
  for (std::uint32_t i = 0; i < environment.ordinary.size(); ++i) {
    const std::uint32_t index = environment.ordinary[i];
    std::uint64_t& priority = pos.priorities.at(point.candidates[index].thread);
    if (priority == 0) priority = random.next() | kLowestDrawn;
    if (priority > best_priority) {
      best = index;
      best_priority = priority;
    }
  }
  const Candidate& taken = point.candidates[best];
  for (const Candidate& c : point.candidates) {
    if (c.thread != taken.thread && protocol::same_object(c, taken) &&
        (c.is_write || taken.is_write)) {
      pos.priorities.at(c.thread) = 0;
    }
  }
  pos.priorities.at(taken.thread) = 0;
  return best;
}

}  // namespace grader::runtime
