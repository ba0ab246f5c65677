#include "runtime/strategy/surw.hpp"

#include <algorithm>

#include "runtime/strategy/default_policy.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint64_t kLowestDrawn = std::uint64_t{1} << 48U;
constexpr std::uint32_t kIdleYieldsMax = 4;

bool is_interesting(const Surw& surw, const Candidate& c) {
  if (c.kind != CandidateKind::step || surw.locations.size() == 0) return false;
  const std::uint64_t* begin = &surw.locations[0];
  return std::binary_search(begin, begin + surw.locations.size(), c.location);
}

// A thread in proportion to its remaining operations, among all that the profile knows: one that
// does not exist yet may be drawn, and the rest then wait for it. 0 when nothing is left.
std::uint32_t draw_intended(const Surw& surw, Random& random) {
  std::uint64_t total = 0;
  for (std::uint32_t t = 0; t < surw.remaining.size(); ++t) total += surw.remaining[t];
  if (total == 0) return 0;
  std::uint64_t ticket = random.below(total);
  for (std::uint32_t t = 0; t < surw.remaining.size(); ++t) {
    if (ticket < surw.remaining[t]) return t;
    ticket -= surw.remaining[t];
  }
  return 0;
}

// The profile can be wrong about this schedule. When everybody who can run stands before an
// interesting operation and the intended thread is not among them, one of them is drawn instead;
// who has used up its count still gets a share.
std::uint32_t draw_among(Surw& surw, const Environment& environment, const ChoicePoint& point,
                         Random& random) {
  const Table<std::uint32_t>& ordinary = environment.ordinary;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < ordinary.size(); ++i) {
    total += std::max<std::uint64_t>(1, surw.remaining.at(point.candidates[ordinary[i]].thread));
  }
  std::uint64_t ticket = random.below(total);
  for (std::uint32_t i = 0; i + 1 < ordinary.size(); ++i) {
    const std::uint64_t weight =
        std::max<std::uint64_t>(1, surw.remaining.at(point.candidates[ordinary[i]].thread));
    if (ticket < weight) return ordinary[i];
    ticket -= weight;
  }
  return ordinary[ordinary.size() - 1];
}

// Among the threads that need not wait for the intended one.
std::uint32_t draw_free(Surw& surw, const Environment& environment, const ChoicePoint& point,
                        Random& random) {
  const Table<std::uint32_t>& ordinary = environment.ordinary;
  std::uint32_t chosen = kNoCandidate;
  std::uint64_t best = 0;
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < ordinary.size(); ++i) {
    const Candidate& c = point.candidates[ordinary[i]];
    if (c.thread != surw.intended && is_interesting(surw, c)) continue;
    if (surw.filler == Surw::Filler::uniform) {
      if (random.below(++seen) == 0) chosen = ordinary[i];
      continue;
    }
    std::uint64_t& priority = surw.priorities.at(c.thread);
    if (priority == 0) priority = random.next() | kLowestDrawn;
    if (priority > best) {
      best = priority;
      chosen = ordinary[i];
    }
  }
  return chosen;
}

}  // namespace

void surw_start(Surw& surw, std::span<const protocol::ProfileEntry> profile, Random& random,
                Arena& arena) {
  surw.remaining.start(arena);
  surw.locations.start(arena);
  surw.priorities.start(arena);
  surw.filler = random.chance(1, 2) ? Surw::Filler::uniform : Surw::Filler::by_priority;
  surw.intended = 0;
  surw.idle_yields = 0;
  surw.floor = kLowestDrawn;
  for (const protocol::ProfileEntry& entry : profile) {
    surw.remaining.at(entry.thread) += entry.count;
    surw.locations.push_back(entry.location);
  }
  if (surw.locations.size() == 0) return;
  std::uint64_t* begin = &surw.locations[0];
  std::uint64_t* end = begin + surw.locations.size();
  std::sort(begin, end);
  surw.locations.shrink(static_cast<std::uint32_t>(std::unique(begin, end) - begin));
}

std::uint32_t surw_choose(Surw& surw, const Environment& environment, const ChoicePoint& point,
                          Random& random) {
  if (surw.intended == 0) surw.intended = draw_intended(surw, random);
  if (point.previous_yielded) {
    surw.priorities.at(point.previous_thread) = --surw.floor;
    ++surw.idle_yields;
  }
  std::uint32_t chosen = kNoCandidate;
  if (surw.idle_yields <= kIdleYieldsMax) chosen = draw_free(surw, environment, point, random);
  if (chosen == kNoCandidate) {
    chosen = draw_among(surw, environment, point, random);
    surw.idle_yields = 0;
  }
  const Candidate& taken = point.candidates[chosen];
  if (is_interesting(surw, taken)) {
    std::uint64_t& remaining = surw.remaining.at(taken.thread);
    if (remaining > 0) --remaining;
    surw.intended = 0;
    surw.idle_yields = 0;
    surw.priorities.at(taken.thread) = 0;
  }
  return chosen;
}

}  // namespace grader::runtime
