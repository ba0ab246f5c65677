#include "runtime/strategy/dfs.hpp"

#include "protocol/dependence.hpp"

namespace grader::runtime {
namespace {

bool sleeps(const Dfs& dfs, const Candidate& c) {
  for (std::uint32_t i = 0; i < dfs.sleeping.size(); ++i) {
    if (dfs.sleeping[i].thread == c.thread && dfs.sleeping[i].kind == c.kind) return true;
  }
  return false;
}

void wake_dependent(Dfs& dfs, const Candidate& taken) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < dfs.sleeping.size(); ++i) {
    const Candidate sleeper = dfs.sleeping[i];
    if (!protocol::dependent(sleeper, taken)) dfs.sleeping[kept++] = sleeper;
  }
  dfs.sleeping.shrink(kept);
}

// A thread that yielded comes after the others; the search counts on the same rule.
std::uint32_t choose_awake(Dfs& dfs, const ChoicePoint& point) {
  const std::uint32_t awake =
      default_choice(point, [&](const Candidate& c) { return !sleeps(dfs, c); });
  const bool known =
      awake == kNoCandidate ||
      (point.previous_yielded && point.candidates[awake].thread == point.previous_thread &&
       protocol::passes_over(point.previous_thread, point.candidates));
  if (!known) return awake;
  dfs.abandoned = true;
  return awake != kNoCandidate ? awake : default_choice(point);
}

}  // namespace

void dfs_start(Dfs& dfs, std::span<const protocol::Choice> given,
               std::span<const Candidate> sleeping, Arena& arena) {
  replay_start(dfs.prefix, given);
  dfs.sleeping.start(arena);
  for (const Candidate& c : sleeping) dfs.sleeping.push_back(c);
  dfs.abandoned = false;
}

std::uint32_t dfs_choose(Dfs& dfs, const ChoicePoint& point) {
  const bool in_prefix = replay_is_given(dfs.prefix);
  if (in_prefix) {
    if (point.candidates.size() == 1) return 0;
    const std::uint32_t given = replay_next(dfs.prefix, point);
    return given != kNoCandidate ? given : default_choice(point);
  }
  const std::uint32_t chosen = choose_awake(dfs, point);
  wake_dependent(dfs, point.candidates[chosen]);
  return chosen;
}

}  // namespace grader::runtime
