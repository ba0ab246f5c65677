#include <algorithm>
#include <map>
#include <vector>

#include "check/patterns.hpp"

namespace grader {
namespace {

/// The intervals that are open, by pairing key, oldest first.
class OpenIntervals {
 public:
  explicit OpenIntervals(const Pattern& pattern) : pattern_(pattern) {}

  /// Takes the next event; true when it opened an interval. An event that is both ends one first.
  bool advance(const TraceEvent& event) {
    const std::string key = pairing_key(pattern_, event);
    if (matches(pattern_.to, event)) {
      EventList& open = open_[key];
      if (!open.empty()) {
        open.erase(open.begin());
        --count_;
      }
    }
    if (!matches(pattern_.from, event)) return false;
    open_[key].push_back(&event);
    ++count_;
    return true;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] EventList events() const {
    EventList all;
    for (const auto& [key, open] : open_) all.insert(all.end(), open.begin(), open.end());
    std::sort(all.begin(), all.end(),
              [](const TraceEvent* a, const TraceEvent* b) { return a->sequence < b->sequence; });
    return all;
  }

 private:
  const Pattern& pattern_;
  std::map<std::string, EventList> open_;
  std::uint64_t count_ = 0;
};

std::string interval_text(const Pattern& pattern) {
  return "from " + selector_text(pattern.from) + " to " + selector_text(pattern.to);
}

}  // namespace

PatternResult judge_at_most(const Pattern& pattern, const EventList& events) {
  const std::uint64_t count_max = pattern.count_max.value_or(1);
  OpenIntervals open(pattern);
  PatternResult result;
  result.vacuous = true;
  for (const TraceEvent* event : events) {
    if (!open.advance(*event)) continue;
    result.vacuous = false;
    if (open.count() <= count_max) continue;
    result.outcome = Outcome::fail;
    result.evidence = open.events();
    result.message =
        pattern.kind == PatternKind::mutual_exclusion
            ? "two were inside at once, " + interval_text(pattern) + ", where only one may be"
            : std::to_string(open.count()) + " were under way at once, " + interval_text(pattern) +
                  "; at most " + std::to_string(count_max) + " may be";
    return result;
  }
  return result;
}

PatternResult judge_overlap(const Pattern& pattern, const EventList& events) {
  OpenIntervals open(pattern);
  std::uint64_t most = 0;
  for (const TraceEvent* event : events) {
    open.advance(*event);
    most = std::max(most, open.count());
    if (most >= pattern.count_min) return {};
  }
  PatternResult result;
  result.outcome = Outcome::fail;
  result.message = "at most " + std::to_string(most) + " was ever under way at once, " +
                   interval_text(pattern) + ", where " + std::to_string(pattern.count_min) +
                   " must be able to be";
  return result;
}

}  // namespace grader
