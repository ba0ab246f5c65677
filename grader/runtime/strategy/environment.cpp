#include "runtime/strategy/environment.hpp"

#include "protocol/dependence.hpp"
#include "runtime/strategy/default_policy.hpp"

namespace grader::runtime {
namespace {

using protocol::EventKind;

constexpr std::uint64_t kRarity = 16;
constexpr std::uint64_t kPatience = 8;  // early endings until a thread's share is halved

bool ends_sleep(const Candidate& c) {
  return c.kind == CandidateKind::timeout && c.operation == EventKind::sleep;
}

// Whether the thread's sleep may end before it has to; decided once for each sleep, or a long
// sleep would end early in every run.
bool sleeps_briskly(Environment& environment, const Candidate& c, Random& random) {
  if (environment.calm) return false;
  Environment::PerThread& thread = environment.threads.at(c.thread);
  if (thread.seen_at + 1 != environment.points) {
    thread.brisk = random.chance(kPatience, kPatience + thread.early);
  }
  thread.seen_at = environment.points;
  return thread.brisk;
}

void sort_candidates(Environment& environment, const ChoicePoint& point, Random& random) {
  bool& any_step = environment.any_step;
  any_step = false;
  for (const Candidate& c : point.candidates) environment.threads.at(c.thread).can_step = false;
  for (const Candidate& c : point.candidates) {
    if (c.kind != CandidateKind::step) continue;
    any_step = true;
    environment.threads.at(c.thread).can_step = true;
  }
  for (std::uint32_t i = 0; i < point.candidates.size(); ++i) {
    const Candidate& c = point.candidates[i];
    bool ordinary = c.kind == CandidateKind::step;
    if (c.kind == CandidateKind::signal) ordinary = !environment.threads.at(c.thread).can_step;
    if (c.kind == CandidateKind::timeout) {
      ordinary = !any_step || (ends_sleep(c) && sleeps_briskly(environment, c, random));
    }
    (ordinary ? environment.ordinary : environment.rare).push_back(i);
  }
}

// Leaves the thread that yielded out of the ordinary candidates, when the others can go on without
// it or the clock can.
void pass_over_yielder(Environment& environment, const ChoicePoint& point) {
  if (!point.previous_yielded || !protocol::passes_over(point.previous_thread, point.candidates)) {
    return;
  }
  Table<std::uint32_t>& ordinary = environment.ordinary;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < ordinary.size(); ++i) {
    if (point.candidates[ordinary[i]].thread == point.previous_thread) continue;
    ordinary[kept++] = ordinary[i];
  }
  ordinary.shrink(kept);
}

}  // namespace

void environment_start(Environment& environment, const protocol::RunOptions& options,
                       Random& random, Arena& arena) {
  environment.calm = random.chance(1, 2) || options.strategy == protocol::StrategyKind::round_robin;
  environment.points = 0;
  environment.threads.start(arena);
  environment.ordinary.start(arena);
  environment.rare.start(arena);
}

std::uint32_t environment_choose(Environment& environment, const ChoicePoint& point,
                                 Random& random) {
  ++environment.points;
  environment.ordinary.shrink(0);
  environment.rare.shrink(0);
  sort_candidates(environment, point, random);
  pass_over_yielder(environment, point);
  Table<std::uint32_t>& rare = environment.rare;
  if (environment.ordinary.size() == 0) {
    // Only the environment can act, or a thread that waits for it: a time-out as it has to come.
    return default_choice(point);
  }
  if (environment.calm || rare.size() == 0 || !random.chance(1, kRarity)) return kNoCandidate;
  const std::uint32_t chosen = rare[static_cast<std::uint32_t>(random.below(rare.size()))];
  const std::uint32_t early = environment.threads.at(point.candidates[chosen].thread).early;
  return random.chance(kPatience, kPatience + early) ? chosen : kNoCandidate;
}

void environment_note(Environment& environment, const ChoicePoint& point, std::uint32_t taken) {
  const Candidate& c = point.candidates[taken];
  if (c.kind != CandidateKind::step && environment.any_step) {
    ++environment.threads.at(c.thread).early;
  }
}

}  // namespace grader::runtime
