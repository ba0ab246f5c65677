#pragma once

#include <cstdint>

#include "protocol/event.hpp"

namespace grader::protocol {

/// Why a candidate is there: the thread's own next operation, or something that the environment
/// may do to it. Time-outs, spurious wake-ups, try-lock failures and signals are choices like any.
enum class CandidateKind : std::uint8_t {
  step,           ///< the thread performs its pending operation
  timeout,        ///< the thread's timed wait or sleep ends, and the clock moves to its deadline
  spurious_wake,  ///< the thread's condition wait returns for nothing
  try_failure,    ///< the thread's try operation fails though it could succeed
  signal,         ///< a pending signal is delivered to the thread
};

/// One thing that can happen next.
struct Candidate {
  std::uint32_t thread = 0;  ///< unique in the run, from 1
  CandidateKind kind = CandidateKind::step;
  bool is_write = true;  ///< whether it may change `object` or `object_2` (else it only looks)
  EventKind operation = EventKind::none;  ///< what the thread is about to do
  std::uint64_t object = 0;               ///< what it does it to; 0 for thread-local steps
  std::uint64_t location = 0;             ///< call site, see make_location; 0 when unknown
  std::int64_t deadline_ns = 0;           ///< for `timeout`: when; else 0
  std::uint64_t object_2 = 0;             ///< also touched: the mutex of a condition wait; else 0
};

/// Head of one record in the channel's decisions region; `candidates` Candidates follow it. Every
/// step of the run is recorded when RunOptions::record_decisions says so, those without an
/// alternative too: the search needs the whole order, not only the forks.
struct DecisionHead {
  std::uint32_t candidates;
  std::uint32_t taken;  ///< index of the candidate; unused in a final record
  std::uint64_t step;
  std::int64_t time_ns;
  std::uint32_t previous_thread;
  std::uint16_t flags;  ///< DecisionFlag bits
  std::uint16_t reserved;
};

enum DecisionFlag : std::uint16_t {
  kPreviousYielded = 1,  ///< the previous thread asked to be passed over
  kAbandoned = 2,        ///< the search knew this state; what follows tells it nothing new
  kFinal = 4,            ///< the run's end: the candidates are what blocked threads wait to do
};

/// A thread's operations at one call site in a profile run: what SURW needs to know.
struct ProfileEntry {
  std::uint32_t thread;
  std::uint32_t count;
  std::uint64_t location;
};

/// So many steps of one thread, one after the other: a schedule told by its context switches. A
/// block whose thread cannot run is left out when the schedule is replayed.
struct ScheduleBlock {
  std::uint32_t thread;
  CandidateKind kind;
  std::uint8_t reserved[3];
  std::uint32_t steps;
};

/// In a given schedule: whatever the default policy takes (see
/// runtime/strategy/default_policy.hpp).
constexpr std::uint32_t kDefaultChoice = 0xFFFF'FFFFU;

}  // namespace grader::protocol
