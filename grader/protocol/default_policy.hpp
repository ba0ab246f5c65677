#pragma once

#include <cstdint>
#include <span>

#include "protocol/decision.hpp"

namespace grader::protocol {

constexpr std::uint32_t kNoCandidate = 0xFFFF'FFFFU;

/// The schedule that nobody asked for: the previous thread goes on while it can and does not yield,
/// then the next thread in the cycle of ids; a signal is delivered when no thread can go on but one
/// that yielded, and then the clock moves to the earliest deadline. A minimised schedule is told by
/// where it departs from this one, so runtime and grader must agree on it. `allowed(candidate)`
/// says which candidates may be taken; kNoCandidate when there is none.
template <typename Allowed>
std::uint32_t default_choice(std::uint32_t previous_thread, bool previous_yielded,
                             std::span<const Candidate> candidates, Allowed allowed) {
  std::uint32_t next = kNoCandidate;      // lowest id above the previous thread
  std::uint32_t first = kNoCandidate;     // lowest id of all
  std::uint32_t previous = kNoCandidate;  // the previous thread, when it can go on
  std::uint32_t signal = kNoCandidate;    // lowest id of those who would get one
  std::uint32_t timeout = kNoCandidate;   // earliest deadline
  std::uint32_t other = kNoCandidate;     // the rest of the environment
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    const Candidate& c = candidates[i];
    if (!allowed(c)) continue;
    if (c.kind == CandidateKind::timeout) {
      if (timeout == kNoCandidate || c.deadline_ns < candidates[timeout].deadline_ns) timeout = i;
    } else if (c.kind == CandidateKind::signal) {
      if (signal == kNoCandidate) signal = i;
    } else if (c.kind != CandidateKind::step) {
      if (other == kNoCandidate) other = i;
    } else if (c.thread == previous_thread) {
      previous = i;
    } else {
      if (first == kNoCandidate) first = i;
      if (next == kNoCandidate && c.thread > previous_thread) next = i;
    }
  }
  if (previous != kNoCandidate && !previous_yielded) return previous;
  if (next != kNoCandidate) return next;
  if (first != kNoCandidate) return first;
  if (signal != kNoCandidate) return signal;
  if (timeout != kNoCandidate) return timeout;
  return previous != kNoCandidate ? previous : other;
}

}  // namespace grader::protocol
