#pragma once

#include <cstddef>
#include <span>

#include "protocol/channel.hpp"
#include "runtime/strategy/default_policy.hpp"

namespace grader::runtime {

/// Takes the given choices, then the default policy. A given choice that does not fit the question
/// (another number of candidates) is a divergence: from there on the default policy decides.
struct Replay {
  static constexpr std::uint64_t kNever = ~0ULL;

  const protocol::Choice* given = nullptr;  ///< in the channel; each is read before the run's own
                                            ///< choice of the same index is written over it
  std::uint64_t given_size = 0;
  std::uint64_t taken = 0;             ///< questions with more than one candidate so far
  std::uint64_t diverged_at = kNever;  ///< index of the first choice that did not fit
};

inline void replay_start(Replay& replay, std::span<const protocol::Choice> given) {
  replay = Replay{};
  replay.given = given.data();
  replay.given_size = given.size();
}

/// Whether the choice at hand is still a given one.
inline bool replay_is_given(const Replay& replay) {
  return replay.taken < replay.given_size && replay.diverged_at == Replay::kNever;
}

/// `point` has more than one candidate. kNoCandidate when the default policy is to decide.
inline std::uint32_t replay_next(Replay& replay, const ChoicePoint& point) {
  if (!replay_is_given(replay)) {
    ++replay.taken;
    return kNoCandidate;
  }
  const protocol::Choice choice = replay.given[replay.taken++];
  const std::size_t candidates = point.candidates.size();
  const bool fits = choice.candidates == 0 || choice.candidates == candidates;
  if (fits && choice.candidate == protocol::kDefaultChoice) return kNoCandidate;
  if (fits && choice.candidate < candidates) return choice.candidate;
  replay.diverged_at = replay.taken - 1;
  return kNoCandidate;
}

inline std::uint32_t replay_choose(Replay& replay, const ChoicePoint& point) {
  if (point.candidates.size() == 1) return 0;
  const std::uint32_t given = replay_next(replay, point);
  return given != kNoCandidate ? given : default_choice(point);
}

}  // namespace grader::runtime
