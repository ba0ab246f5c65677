#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/source_location.hpp"
#include "protocol/finding.hpp"

namespace grader {

using protocol::FindingKind;

/// The name that reports use: "data_race", "deadlock", …
const char* to_text(FindingKind kind);

/// One piece of evidence against a submission, ready to be shown to its author.
struct Finding {
  FindingKind kind = FindingKind::none;
  std::string scenario;
  std::uint64_t schedule = 0;  ///< index of the run that showed it, from 0
  std::string replay;          ///< what `grader replay` takes; empty when it cannot be replayed
  std::string message;         ///< a sentence that a student understands
  std::vector<SourceLocation> locations;  ///< most telling first
  std::vector<std::string> details;       ///< further lines: the events, the cycle, the lanes

  bool operator==(const Finding&) const = default;
};

}  // namespace grader
