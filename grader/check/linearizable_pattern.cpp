#include <map>

#include "check/linearizability.hpp"
#include "check/patterns.hpp"

namespace grader {
namespace {

/// Steps of the search before it gives up: some seconds.
constexpr std::size_t kStepsMax = 2'000'000;
constexpr std::size_t kCallsShown = 30;

/// A call and the events that it was read from.
struct SeenCall {
  TimedCall timed;
  const TraceEvent* from = nullptr;
};

std::string call_text(const SeenCall& seen) {
  const Call& call = seen.timed.call;
  return "thread " + std::to_string(seen.from->thread) + ": " + call.operation + "(" + call.value +
         ")" +
         (call.returned ? " -> " + (call.result.empty() ? "done" : call.result) : ", not returned");
}

PatternResult refused(std::string message, const TraceEvent& event) {
  PatternResult result;
  result.outcome = Outcome::inconclusive;
  result.message = "cannot be judged: " + std::move(message);
  result.evidence = {&event};
  return result;
}

/// Reads calls from `from` and `to` events, paired by `by` or else by thread.
class HistoryReader {
 public:
  explicit HistoryReader(const Pattern& pattern) : pattern_(pattern) {
    if (pattern_.by.empty()) pattern_.by = "thread";
  }

  /// Why the history cannot be read; empty: it can.
  std::string advance(std::size_t position, const TraceEvent& event) {
    const std::string key = pairing_key(pattern_, event);
    if (matches(pattern_.to, event)) {
      const auto open = open_.find(key);
      if (open == open_.end()) return "a call returns that never began";
      TimedCall& timed = calls_[open->second].timed;
      timed.end = position;
      timed.call.returned = true;
      timed.call.result = attribute_of(event, "result");
      open_.erase(open);
    } else if (matches(pattern_.from, event)) {
      if (!open_.emplace(key, calls_.size()).second) {
        return "a call begins before the one before it has returned";
      }
      std::string caller = attribute_of(event, "owner");
      if (caller.empty()) caller = attribute_of(event, "thread");
      const Call call{attribute_of(event, "op"), attribute_of(event, "value"), "", caller, false};
      calls_.push_back({{call, position, kNeverReturned}, &event});
    }
    return "";
  }
  [[nodiscard]] const std::vector<SeenCall>& calls() const { return calls_; }

 private:
  Pattern pattern_;
  std::map<std::string, std::size_t> open_;
  std::vector<SeenCall> calls_;
};

PatternResult explain(const History& history, const std::vector<SeenCall>& seen,
                      const Specification& specification, const std::string& name) {
  PatternResult result;
  result.outcome = Outcome::fail;
  const History part = shortest_failing_prefix(history, specification, kStepsMax);
  result.message = "no order of these " + std::to_string(part.size()) +
                   " calls explains their results: the object is not a linearizable " + name;
  result.details.push_back("the shortest history that no order explains, by the calls' begin:");
  const std::size_t first = part.size() > kCallsShown ? part.size() - kCallsShown : 0;
  if (first > 0) result.details.push_back("… after " + std::to_string(first) + " calls before");
  for (std::size_t i = first; i < part.size(); ++i) {
    // A beginning of the history has the same calls in the same order.
    std::string line =
        call_text({part[i], seen[i].from}) + "   [event " + std::to_string(part[i].begin) + " to ";
    line += part[i].end == kNeverReturned ? "the end]" : std::to_string(part[i].end) + "]";
    result.details.push_back(std::move(line));
  }
  return result;
}

}  // namespace

PatternResult judge_linearizable(const Pattern& pattern, const EventList& events) {
  PatternResult result;
  const auto specification =
      make_specification(pattern.specification, pattern.count_max.value_or(0));
  if (specification == nullptr) {
    result.outcome = Outcome::inconclusive;
    result.message = "there is no specification \"" + pattern.specification + "\"";
    return result;
  }
  HistoryReader reader(pattern);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::string problem = reader.advance(i, *events[i]);
    if (!problem.empty()) return refused(problem, *events[i]);
  }
  History history;
  for (const SeenCall& seen : reader.calls()) {
    const std::string problem = specification->refuse(seen.timed.call);
    if (!problem.empty()) return refused(problem, *seen.from);
    history.push_back(seen.timed);
  }
  result.vacuous = history.empty();
  switch (decide_linearizability(history, *specification, kStepsMax)) {
    case Linearizability::yes:
      return result;
    case Linearizability::no:
      return explain(history, reader.calls(), *specification, pattern.specification);
    case Linearizability::undecided:
      result.outcome = Outcome::inconclusive;
      result.message = "could not be decided within " + std::to_string(kStepsMax) +
                       " steps of search; it counts as not shown";
  }
  return result;
}

}  // namespace grader
