#include "rubric/pattern_reader.hpp"

#include <algorithm>

#include "model/event_name.hpp"
#include "rubric/keys.hpp"

namespace grader {
namespace {

constexpr std::uint64_t kCountMax = 1'000'000;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_event_name(const YamlNode& at, const std::string& name, const ReadContext& context) {
  if (event_kind(name) || context.exercise == nullptr) return;
  if (contains(context.exercise->literals, name)) return;
  std::vector<std::string> known = event_names();
  known.insert(known.end(), context.exercise->literals.begin(), context.exercise->literals.end());
  context.problems.add(at, "no scenario marks an event \"" + name + "\"" + suggestion(name, known));
}

void check_attribute(const YamlNode& at, const std::string& name, const ReadContext& context) {
  static const std::vector<std::string> kSeen = {"thread",  "process", "code", "signal",
                                                 "program", "stream",  "text"};
  if (context.exercise == nullptr || contains(kSeen, name)) return;
  if (contains(context.exercise->literals, name)) return;
  std::vector<std::string> known = kSeen;
  known.insert(known.end(), context.exercise->literals.begin(), context.exercise->literals.end());
  context.problems.add(at, "no event has an attribute \"" + name + "\"" + suggestion(name, known));
}

void read_where(const YamlNode& node, EventSelector& selector, const ReadContext& context) {
  if (node.kind != YamlNode::Kind::mapping || node.entries.empty()) {
    context.problems.add(node, "where must be a mapping of attributes to values");
    return;
  }
  for (const auto& [key, value] : node.entries) {
    check_attribute(key, key.text, context);
    if (auto text = read_text(value, "the value of " + key.text, context.problems)) {
      selector.where.emplace_back(key.text, *text);
    }
  }
}

void take_selector(MapReader& map, std::string_view key, EventSelector& selector,
                   const ReadContext& context) {
  if (const YamlNode* node = map.require(key)) selector = read_selector(*node, context);
}

void take_attribute(MapReader& map, std::string_view key, std::string& attribute,
                    const ReadContext& context) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return;
  map.take(key, attribute, read_text);
  if (!attribute.empty()) check_attribute(*node, attribute, context);
}

void read_bounds(MapReader& map, Pattern& pattern) {
  map.take("at_least", pattern.count_min, read_count, 0U, kCountMax);
  map.take("at_most", pattern.count_max, read_count, 0U, kCountMax);
  if (!map.is_mapping()) return;
  if (map.find("at_least") == nullptr && map.find("at_most") == nullptr) {
    map.problems().add(map.node(), "bounded_existence needs at_least, at_most or both");
  } else if (pattern.count_max && *pattern.count_max < pattern.count_min) {
    map.problems().add(map.node(), "at_most is less than at_least");
  }
}

void read_specification(MapReader& map, Pattern& pattern) {
  if (const YamlNode* node = map.require("specification")) {
    const auto index = read_choice(*node, "specification", specification_names(), map.problems());
    if (index) pattern.specification = specification_names()[*index];
  }
  map.take("capacity", pattern.count_max, read_count, 1U, kCountMax);
  if ((pattern.specification == "bounded_queue") != (map.find("capacity") != nullptr) &&
      !pattern.specification.empty()) {
    map.problems().add(map.node(),
                       "capacity belongs to the specification bounded_queue, and must "
                       "be there with it");
  }
}

void read_intervals(MapReader& map, Pattern& pattern, const ReadContext& context) {
  take_selector(map, "from", pattern.from, context);
  take_selector(map, "to", pattern.to, context);
  if (pattern.kind == PatternKind::mutual_exclusion) pattern.count_max = 1;
  if (pattern.kind == PatternKind::overlap) {
    pattern.count_min = 2;
    map.take("count", pattern.count_min, read_count, 2U, kCountMax);
  }
  if (pattern.kind == PatternKind::at_most && map.require("count") != nullptr) {
    map.take("count", pattern.count_max, read_count, 0U, kCountMax);
  }
  if (pattern.kind == PatternKind::linearizable) read_specification(map, pattern);
}

/// The members that the pattern's kind has, `by` and `each` apart.
void read_members(MapReader& map, Pattern& pattern, const ReadContext& context) {
  switch (pattern.kind) {
    case PatternKind::absence:
    case PatternKind::existence:
    case PatternKind::bounded_existence:
      take_selector(map, "event", pattern.event, context);
      if (pattern.kind == PatternKind::bounded_existence) read_bounds(map, pattern);
      return;
    case PatternKind::precedence:
    case PatternKind::response:
    case PatternKind::fifo:
      take_selector(map, "first", pattern.first, context);
      take_selector(map, "then", pattern.then, context);
      if (pattern.kind == PatternKind::fifo) map.require("by");
      return;
    case PatternKind::mutual_exclusion:
    case PatternKind::at_most:
    case PatternKind::overlap:
    case PatternKind::linearizable:
      read_intervals(map, pattern, context);
      return;
  }
}

void read_pattern(const YamlNode& item, std::vector<Pattern>& patterns,
                  const ReadContext& context) {
  if (item.kind != YamlNode::Kind::mapping || item.entries.size() != 1) {
    context.problems.add(item,
                         "each pattern must be one name with its members, such as "
                         "\"precedence: {first: a, then: b}\"");
    return;
  }
  const auto& [key, value] = item.entries.front();
  const auto index = read_choice(key, "a pattern", pattern_names(), context.problems);
  if (!index) return;
  Pattern pattern;
  pattern.kind = static_cast<PatternKind>(*index);
  pattern.line = key.line;
  const bool short_form =
      value.kind == YamlNode::Kind::scalar &&
      (pattern.kind == PatternKind::absence || pattern.kind == PatternKind::existence);
  if (short_form) {
    pattern.event = read_selector(value, context);
  } else {
    MapReader map(value, key.text, pattern_keys(*index), context.problems);
    read_members(map, pattern, context);
    take_attribute(map, "by", pattern.by, context);
    take_attribute(map, "each", pattern.each, context);
  }
  patterns.push_back(std::move(pattern));
}

}  // namespace

EventSelector read_selector(const YamlNode& node, const ReadContext& context) {
  EventSelector selector;
  const YamlNode* name = &node;
  if (node.kind == YamlNode::Kind::mapping) {
    MapReader map(node, "an event", selector_keys(), context.problems);
    name = map.require("name");
    if (const YamlNode* where = map.find("where")) read_where(*where, selector, context);
  }
  if (name == nullptr) return selector;
  if (auto text = read_text(*name, "an event's name", context.problems)) {
    selector.name = *text;
    check_event_name(*name, *text, context);
  }
  return selector;
}

std::vector<Pattern> read_patterns(const YamlNode& node, std::string_view what,
                                   const ReadContext& context) {
  std::vector<Pattern> patterns;
  if (node.kind != YamlNode::Kind::sequence || node.items.empty()) {
    context.problems.add(node, std::string(what) + " must be a list of patterns");
    return patterns;
  }
  for (const YamlNode& item : node.items) read_pattern(item, patterns, context);
  return patterns;
}

}  // namespace grader
