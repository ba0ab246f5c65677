#include "check/patterns.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace grader {
namespace {

constexpr std::size_t kValuesShown = 8;

EventList selected(const EventSelector& selector, const EventList& events) {
  EventList found;
  for (const TraceEvent* event : events) {
    if (matches(selector, *event)) found.push_back(event);
  }
  return found;
}

std::string times_text(std::size_t count) {
  return count == 0 ? "never" : count == 1 ? "once" : std::to_string(count) + " times";
}

PatternResult broken(std::string message, EventList evidence) {
  PatternResult result;
  result.outcome = Outcome::fail;
  result.message = std::move(message);
  result.evidence = std::move(evidence);
  return result;
}

PatternResult judge(const Pattern& pattern, const EventList& events) {
  switch (pattern.kind) {
    case PatternKind::absence:
      return judge_absence(pattern, events);
    case PatternKind::existence:
      return judge_existence(pattern, events);
    case PatternKind::bounded_existence:
      return judge_bounded_existence(pattern, events);
    case PatternKind::precedence:
      return judge_precedence(pattern, events);
    case PatternKind::response:
      return judge_response(pattern, events);
    case PatternKind::fifo:
      return judge_fifo(pattern, events);
    case PatternKind::mutual_exclusion:
    case PatternKind::at_most:
      return judge_at_most(pattern, events);
    case PatternKind::overlap:
      return judge_overlap(pattern, events);
    case PatternKind::linearizable:
      return judge_linearizable(pattern, events);
  }
  return broken("this pattern is not known", {});
}

bool speaks_of(const Pattern& pattern, const TraceEvent& event) {
  for (const EventSelector* selector :
       {&pattern.event, &pattern.first, &pattern.then, &pattern.from, &pattern.to}) {
    if (!selector->name.empty() && matches(*selector, event)) return true;
  }
  return false;
}

/// The values of `each` that the pattern is judged for. Values of an attribute of marks count
/// wherever they occur, so that "each task ends" is asked of tasks that only began; every event
/// has a thread and a process, so of these only what the pattern speaks of counts.
std::set<std::string> values_of_each(const Pattern& pattern, const EventList& events) {
  const bool everywhere = pattern.each != "thread" && pattern.each != "process";
  std::set<std::string> values;
  for (const TraceEvent* event : events) {
    if (!everywhere && !speaks_of(pattern, *event)) continue;
    const std::string value = attribute_of(*event, pattern.each);
    if (!value.empty()) values.insert(value);
  }
  return values;
}

}  // namespace

std::string pairing_key(const Pattern& pattern, const TraceEvent& event) {
  return pattern.by.empty() ? "" : attribute_of(event, pattern.by);
}

std::string pairing_text(const Pattern& pattern, const std::string& key) {
  return pattern.by.empty() ? "" : " of " + pattern.by + " " + key;
}

PatternResult judge_pattern(const Pattern& pattern, const Trace& trace) {
  EventList events;
  events.reserve(trace.size());
  for (const TraceEvent& event : trace) events.push_back(&event);
  if (pattern.each.empty()) return judge(pattern, events);
  PatternResult all;
  all.vacuous = true;
  for (const std::string& value : values_of_each(pattern, events)) {
    EventList group;
    for (const TraceEvent* event : events) {
      if (attribute_of(*event, pattern.each) == value) group.push_back(event);
    }
    PatternResult result = judge(pattern, group);
    all.vacuous = all.vacuous && result.vacuous;
    if (result.outcome <= all.outcome) continue;
    const bool vacuous = all.vacuous;
    all = std::move(result);
    all.vacuous = vacuous;
    all.message = pattern.each + " " + value + ": " + all.message;
  }
  return all;
}

PatternResult judge_absence(const Pattern& pattern, const EventList& events) {
  const EventList found = selected(pattern.event, events);
  if (found.empty()) return {};
  return broken(selector_text(pattern.event) + " happened, and never must", {found.front()});
}

PatternResult judge_existence(const Pattern& pattern, const EventList& events) {
  if (!selected(pattern.event, events).empty()) return {};
  return broken(selector_text(pattern.event) + " never happened", {});
}

PatternResult judge_bounded_existence(const Pattern& pattern, const EventList& events) {
  EventList found = selected(pattern.event, events);
  const bool too_few = found.size() < pattern.count_min;
  const bool too_many = pattern.count_max && found.size() > *pattern.count_max;
  PatternResult result;
  if (too_few || too_many) {
    const std::uint64_t bound = too_few ? pattern.count_min : *pattern.count_max;
    result = broken(selector_text(pattern.event) + " happened " + times_text(found.size()) +
                        (too_few ? "; it must happen at least " : "; it may happen at most ") +
                        times_text(bound),
                    {});
    if (too_many) result.evidence = std::move(found);
  }
  return result;
}

PatternResult judge_precedence(const Pattern& pattern, const EventList& events) {
  std::set<std::string> seen;
  PatternResult result;
  result.vacuous = true;
  for (const TraceEvent* event : events) {
    const std::string key = pairing_key(pattern, *event);
    // `then` first: an event that is both needs another one before it.
    if (matches(pattern.then, *event)) {
      result.vacuous = false;
      if (seen.count(key) == 0) {
        return broken(selector_text(pattern.then) + pairing_text(pattern, key) +
                          " happened before any " + selector_text(pattern.first) +
                          (pattern.by.empty() ? "" : " of the same " + pattern.by),
                      {event});
      }
    }
    if (matches(pattern.first, *event)) seen.insert(key);
  }
  return result;
}

PatternResult judge_response(const Pattern& pattern, const EventList& events) {
  std::map<std::string, const TraceEvent*> waiting;
  PatternResult result;
  result.vacuous = true;
  for (const TraceEvent* event : events) {
    const std::string key = pairing_key(pattern, *event);
    if (matches(pattern.then, *event)) waiting.erase(key);
    if (matches(pattern.first, *event)) {
      result.vacuous = false;
      waiting[key] = event;
    }
  }
  if (waiting.empty()) return result;
  const auto earliest = std::min_element(
      waiting.begin(), waiting.end(),
      [](const auto& a, const auto& b) { return a.second->sequence < b.second->sequence; });
  return broken("no " + selector_text(pattern.then) + " followed " + selector_text(pattern.first) +
                    pairing_text(pattern, earliest->first),
                {earliest->second});
}

PatternResult judge_fifo(const Pattern& pattern, const EventList& events) {
  EventList entered;
  std::size_t left = 0;
  PatternResult result;
  result.vacuous = true;
  for (const TraceEvent* event : events) {
    if (matches(pattern.then, *event)) {
      result.vacuous = false;
      const std::string value = pairing_key(pattern, *event);
      const std::string due = left < entered.size() ? pairing_key(pattern, *entered[left]) : "";
      if (left >= entered.size() || value != due) {
        const std::string expected = left < entered.size() ? pattern.by + " " + due : "none";
        EventList evidence(entered.begin(),
                           entered.begin() + static_cast<std::ptrdiff_t>(
                                                 std::min(entered.size(), left + kValuesShown)));
        evidence.erase(evidence.begin(), evidence.begin() + static_cast<std::ptrdiff_t>(
                                                                std::min(left, evidence.size())));
        evidence.push_back(event);
        return broken(selector_text(pattern.then) + " came with " + pattern.by + " " + value +
                          ", but by the order of " + selector_text(pattern.first) + " " + expected +
                          " was next",
                      std::move(evidence));
      }
      ++left;
    }
    if (matches(pattern.first, *event)) entered.push_back(event);
  }
  return result;
}

}  // namespace grader
