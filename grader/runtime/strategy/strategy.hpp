#pragma once

#include <cstdint>
#include <span>

#include "protocol/decision.hpp"
#include "protocol/run_options.hpp"

namespace grader::runtime {

using protocol::Candidate;
using protocol::CandidateKind;

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
