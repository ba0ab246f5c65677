#pragma once

#include <span>

#include "protocol/decision.hpp"

namespace grader::protocol {

/// Whether the whole run is concerned: the end of a process cuts every thread off, a time-out moves
/// everybody's clock, an operation that is not modelled may do anything. A spurious wake-up is only
/// offered while others can run.
inline bool concerns_everybody(const Candidate& c) {
  if (c.kind != CandidateKind::step && c.kind != CandidateKind::try_failure) return true;
  switch (c.operation) {
    case EventKind::process_start:
    case EventKind::process_exec:
    case EventKind::process_exit:
    case EventKind::process_signalled:
    case EventKind::process_reaped:
    case EventKind::signal_sent:
    case EventKind::signal_delivered:
    case EventKind::unsupported:
      return true;
    default:
      return false;
  }
}

inline bool same_object(const Candidate& a, const Candidate& b) {
  if (a.object != 0 && (a.object == b.object || a.object == b.object_2)) return true;
  return a.object_2 != 0 && (a.object_2 == b.object || a.object_2 == b.object_2);
}

/// The dependence relation of partial-order reduction: false only when the two operations lead to
/// the same state in either order and neither enables or disables the other. New threads and new
/// output are dependent among themselves: their order shows in ids and in what is printed.
inline bool dependent(const Candidate& a, const Candidate& b) {
  if (a.thread == b.thread) return true;
  if (concerns_everybody(a) || concerns_everybody(b)) return true;
  if (a.operation == b.operation &&
      (a.operation == EventKind::thread_create || a.operation == EventKind::output)) {
    return true;
  }
  return same_object(a, b) && (a.is_write || b.is_write);
}

/// Whether a thread that has just yielded is passed over: another can run, or would if the clock
/// moved on. Without the latter a thread that polls would wait for ever for one that sleeps.
inline bool passes_over(std::uint32_t yielder, std::span<const Candidate> candidates) {
  for (const Candidate& c : candidates) {
    const bool can_go = c.kind == CandidateKind::step || c.kind == CandidateKind::timeout;
    if (can_go && c.thread != yielder) return true;
  }
  return false;
}

}  // namespace grader::protocol
