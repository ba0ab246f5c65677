#pragma once

#include <cstdint>

#include "runtime/strategy/strategy.hpp"

namespace grader::runtime {

constexpr std::uint32_t kNoCandidate = 0xFFFF'FFFFU;

/// The schedule that nobody asked for: the previous thread goes on while it can and does not yield,
/// then the next thread in the cycle of ids; the clock moves only when no thread can go on but one
/// that yielded, to the earliest deadline. A minimised schedule is told by where it departs from
/// this one. `allowed(candidate)` says which candidates may be taken; kNoCandidate when there is
/// none.
template <typename Allowed>
std::uint32_t default_choice(const ChoicePoint& point, Allowed allowed) {
  std::uint32_t next = kNoCandidate;      // lowest id above the previous thread
  std::uint32_t first = kNoCandidate;     // lowest id of all
  std::uint32_t previous = kNoCandidate;  // the previous thread, when it can go on
  std::uint32_t timeout = kNoCandidate;   // earliest deadline
  std::uint32_t other = kNoCandidate;     // the rest of the environment
  for (std::uint32_t i = 0; i < point.candidates.size(); ++i) {
    const Candidate& c = point.candidates[i];
    if (!allowed(c)) continue;
    if (c.kind == CandidateKind::timeout) {
      if (timeout == kNoCandidate || c.deadline_ns < point.candidates[timeout].deadline_ns) {
        timeout = i;
      }
    } else if (c.kind != CandidateKind::step) {
      if (other == kNoCandidate) other = i;
    } else if (c.thread == point.previous_thread) {
      previous = i;
    } else {
      if (first == kNoCandidate) first = i;
      if (next == kNoCandidate && c.thread > point.previous_thread) next = i;
    }
  }
  if (previous != kNoCandidate && !point.previous_yielded) return previous;
  if (next != kNoCandidate) return next;
  if (first != kNoCandidate) return first;
  if (timeout != kNoCandidate) return timeout;
  return previous != kNoCandidate ? previous : other;
}

inline std::uint32_t default_choice(const ChoicePoint& point) {
  return default_choice(point, [](const Candidate&) { return true; });
}

}  // namespace grader::runtime
