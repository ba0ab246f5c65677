#include "rubric/keys.hpp"

#include <algorithm>

#include "model/rubric.hpp"

namespace grader {

const Keys& rubric_keys() {
  static const Keys keys = {"exercise", "title",  "duration", "submit", "points",
                            "pass",     "limits", "explore",  "late",   "criteria"};
  return keys;
}
const Keys& limits_keys() {
  static const Keys keys = {"cpu", "wall", "memory", "processes", "output"};
  return keys;
}
const Keys& explore_keys() {
  static const Keys keys = {"mode", "schedules", "native_runs", "race_runs",  "strategies",
                            "seed", "delay_max", "points",      "step_budget"};
  return keys;
}
const Keys& late_keys() {
  static const Keys keys = {"percent_per_day", "floor_percent"};
  return keys;
}
const Keys& criterion_keys() {
  static const Keys keys = {"id",   "title",  "points",     "check", "scenarios", "requires",
                            "hint", "credit", "visibility", "bonus", "cap",       "mode"};
  return keys;
}
const Keys& check_keys(std::size_t check) {
  static const std::vector<Keys> keys = {
      {"warnings"},
      {},
      {},
      {},
      {"always", "sometimes"},
      {"processes", "zombies", "orphans", "exit_code", "alive_at_most", "terminated_before_killed",
       "reaped_before_reported"},
      {"equals_any_of", "lines_in_order", "never"},
      {"makespan", "benchmark"}};
  return keys[check];
}
const Keys& makespan_keys() {
  static const Keys keys = {"from", "to", "at_most"};
  return keys;
}
const Keys& benchmark_keys() {
  static const Keys keys = {"at_most"};
  return keys;
}
const Keys& selector_keys() {
  static const Keys keys = {"name", "where"};
  return keys;
}
const Keys& pattern_keys(std::size_t pattern) {
  static const Keys one = {"event", "each"};
  static const Keys bounded = {"event", "at_least", "at_most", "each"};
  static const Keys pair = {"first", "then", "by", "each"};
  static const Keys interval = {"from", "to", "by", "each"};
  static const Keys counted = {"count", "from", "to", "by", "each"};
  static const Keys history = {"specification", "capacity", "from", "to", "by", "each"};
  switch (static_cast<PatternKind>(pattern)) {
    case PatternKind::absence:
    case PatternKind::existence:
      return one;
    case PatternKind::bounded_existence:
      return bounded;
    case PatternKind::precedence:
    case PatternKind::response:
    case PatternKind::fifo:
      return pair;
    case PatternKind::mutual_exclusion:
      return interval;
    case PatternKind::at_most:
    case PatternKind::overlap:
      return counted;
    case PatternKind::linearizable:
      return history;
  }
  return one;
}

const Keys& check_names() {
  static const Keys names = {"build",    "test",      "race",   "deadlock",
                             "ordering", "exit_code", "output", "speed"};
  return names;
}
const Keys& pattern_names() {
  static const Keys names = {"absence",  "existence",        "bounded_existence", "precedence",
                             "response", "mutual_exclusion", "at_most",           "overlap",
                             "fifo",     "linearizable"};
  return names;
}
const Keys& credit_names() {
  static const Keys names = {"all", "per_scenario", "per_schedule"};
  return names;
}
const Keys& visibility_names() {
  static const Keys names = {"always", "after_due", "never"};
  return names;
}
const Keys& mode_names() {
  static const Keys names = {"native", "controlled"};
  return names;
}
const Keys& points_names() {
  static const Keys names = {"sync", "atomics", "accesses"};
  return names;
}
const Keys& specification_names() {
  static const Keys names = {"queue", "stack", "counter", "lock", "register", "bounded_queue"};
  return names;
}

const std::vector<NamedStrategy>& named_strategies() {
  using protocol::StrategyKind;
  static const std::vector<NamedStrategy> strategies = {{"random_walk", StrategyKind::random_walk},
                                                        {"pct", StrategyKind::pct},
                                                        {"pos", StrategyKind::pos},
                                                        {"surw", StrategyKind::surw},
                                                        {"round_robin", StrategyKind::round_robin},
                                                        {"dfs", StrategyKind::dfs}};
  return strategies;
}

Keys all_rubric_words() {
  Keys all = {"portfolio", "unlimited"};
  const auto add = [&all](const Keys& keys) { all.insert(all.end(), keys.begin(), keys.end()); };
  for (const Keys* keys : {&rubric_keys(), &limits_keys(), &explore_keys(), &late_keys(),
                           &criterion_keys(), &makespan_keys(), &benchmark_keys(), &selector_keys(),
                           &check_names(), &pattern_names(), &credit_names(), &visibility_names(),
                           &mode_names(), &points_names(), &specification_names()}) {
    add(*keys);
  }
  for (std::size_t i = 0; i < check_names().size(); ++i) add(check_keys(i));
  for (std::size_t i = 0; i < pattern_names().size(); ++i) add(pattern_keys(i));
  for (const NamedStrategy& strategy : named_strategies()) all.emplace_back(strategy.name);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace grader
