#pragma once

#include <vector>

#include "protocol/channel.hpp"

namespace grader::protocol {

/// One step of a run with its alternatives, as the grader reads it from the channel.
struct Decision {
  DecisionHead head{};
  std::vector<Candidate> candidates;

  [[nodiscard]] bool final() const { return (head.flags & kFinal) != 0; }
  [[nodiscard]] bool abandoned() const { return (head.flags & kAbandoned) != 0; }
  [[nodiscard]] const Candidate& taken() const { return candidates[head.taken]; }
};

struct DecisionLog {
  std::vector<Decision> decisions;
  bool truncated = false;  ///< the region was full, or a record makes no sense: the rest is missing
};

/// What the run recorded. The program may have written anything there: nothing is taken on trust.
inline DecisionLog read_decisions(const Channel& channel) {
  const ChannelHeader& h = channel.header();
  const std::uint64_t used = h.decisions_used.load(std::memory_order_acquire);
  const std::uint64_t end = used < h.decisions_capacity ? used : h.decisions_capacity;
  DecisionLog log;
  log.truncated = used > h.decisions_capacity;
  std::uint64_t offset = 0;
  while (offset + sizeof(DecisionHead) <= end) {
    Decision decision;
    std::memcpy(&decision.head, channel.decisions() + offset, sizeof decision.head);
    const std::uint64_t size = decision.head.candidates * std::uint64_t{sizeof(Candidate)};
    const bool plausible = decision.final() || (decision.head.candidates > 0 &&
                                                decision.head.taken < decision.head.candidates);
    if (!plausible || offset + sizeof(DecisionHead) + size > end) {
      log.truncated = true;
      break;
    }
    decision.candidates.resize(decision.head.candidates);
    if (size > 0) {
      std::memcpy(decision.candidates.data(), channel.decisions() + offset + sizeof(DecisionHead),
                  size);
    }
    log.decisions.push_back(std::move(decision));
    offset += sizeof(DecisionHead) + size;
  }
  return log;
}

}  // namespace grader::protocol
