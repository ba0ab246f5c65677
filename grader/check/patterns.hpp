#pragma once

#include <string>
#include <vector>

#include "check/selector.hpp"
#include "model/verdict.hpp"

namespace grader {

/// What a trace says about a pattern.
struct PatternResult {
  Outcome outcome = Outcome::pass;   ///< pass, fail, or inconclusive (linearizable alone)
  bool vacuous = false;              ///< holds only because what it speaks of never happened
  std::string message;               ///< when it does not hold: a sentence
  EventList evidence;                ///< the events that break it, in order
  std::vector<std::string> details;  ///< further lines that explain it
};

/// Judges one pattern on one trace. Verifies what docs/rubric_format.md says of the pattern,
/// apart for each value of `each`. Two events are in the order of the trace, whatever their times.
PatternResult judge_pattern(const Pattern& pattern, const Trace& trace);

// One function a pattern, on the events left by `each`. In intervals.cpp those about intervals.
PatternResult judge_absence(const Pattern&, const EventList&);
PatternResult judge_existence(const Pattern&, const EventList&);
PatternResult judge_bounded_existence(const Pattern&, const EventList&);
PatternResult judge_precedence(const Pattern&, const EventList&);
PatternResult judge_response(const Pattern&, const EventList&);
PatternResult judge_fifo(const Pattern&, const EventList&);
/// mutual_exclusion and at_most.
PatternResult judge_at_most(const Pattern&, const EventList&);
PatternResult judge_overlap(const Pattern&, const EventList&);
/// In linearizable_pattern.cpp.
PatternResult judge_linearizable(const Pattern&, const EventList&);

/// The value of `by`, "" when the pattern has none.
std::string pairing_key(const Pattern& pattern, const TraceEvent& event);

/// " of task 3", for the messages of patterns with `by`.
std::string pairing_text(const Pattern& pattern, const std::string& key);

}  // namespace grader
