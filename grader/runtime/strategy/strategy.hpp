#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "protocol/event.hpp"
#include "protocol/run_options.hpp"

namespace grader::runtime {

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
  std::uint32_t thread;  ///< unique in the run, from 1
  CandidateKind kind;
  bool is_write;                  ///< whether it may change `object` (else it only looks)
  protocol::EventKind operation;  ///< what the thread is about to do
  std::uint64_t object;           ///< what it is about to do it to; 0 for thread-local steps
  std::uint64_t location;         ///< call site, see protocol::make_location; 0 when unknown
  std::int64_t deadline_ns;       ///< for `timeout`: when; else 0
};

/// The question "who runs next?". Candidates are ordered by thread id, then by kind, so that the
/// same run asks the same question; there is at least one.
struct ChoicePoint {
  std::uint64_t step;  ///< counts from 1
  std::int64_t time_ns;
  std::uint32_t previous_thread;  ///< who ran last
  bool previous_yielded;          ///< it asked to be passed over (yield, or spinning on an atomic)
  std::span<const Candidate> candidates;
};

}  // namespace grader::runtime
