#include "rubric/check_reader.hpp"

#include <regex>

#include "rubric/keys.hpp"

namespace grader {
namespace {

constexpr std::uint64_t kCountMax = 1'000'000;
constexpr std::uint64_t kExitCodeMax = 255;
constexpr double kRatioMax = 1000;

BuildCheck read_build(MapReader& map) {
  BuildCheck check;
  map.take("warnings", check.warnings_max, read_count, 0U, kCountMax);
  return check;
}

OrderingCheck read_ordering(MapReader& map, const ReadContext& context) {
  OrderingCheck check;
  const YamlNode* always = map.find("always");
  const YamlNode* sometimes = map.find("sometimes");
  if (always != nullptr) check.always = read_patterns(*always, "always", context);
  if (sometimes != nullptr) check.sometimes = read_patterns(*sometimes, "sometimes", context);
  if (always == nullptr && sometimes == nullptr) {
    context.problems.add(map.node(), "check ordering needs always, sometimes or both");
  }
  return check;
}

void read_process(const YamlNode& key, const YamlNode& value, ExitCodeCheck& check,
                  Problems& problems) {
  ProcessExpectation expected;
  expected.process = key.text;
  const bool plain = value.kind == YamlNode::Kind::scalar && !value.quoted;
  if (plain && !value.text.empty() && value.text[0] >= 'A' && value.text[0] <= 'z') {
    expected.signal = signal_number(value.text);
    if (expected.signal == 0) {
      problems.add(value, "\"" + value.text + "\" is not the name of a signal" +
                              suggestion(value.text, signal_names()));
    }
  } else if (auto code =
                 read_count(value, "the exit code of " + key.text, 0, kExitCodeMax, problems)) {
    expected.exit_code = static_cast<int>(*code);
  }
  check.processes.push_back(std::move(expected));
}

ExitCodeCheck read_exit_code(MapReader& map, const ReadContext& context) {
  ExitCodeCheck check;
  if (const YamlNode* processes = map.find("processes")) {
    if (processes->kind != YamlNode::Kind::mapping || processes->entries.empty()) {
      context.problems.add(*processes,
                           "processes must be a mapping of names to exit codes or signals");
    }
    for (const auto& [key, value] : processes->entries) {
      read_process(key, value, check, context.problems);
    }
  }
  map.take("zombies", check.zombies_max, read_count, 0U, kCountMax);
  map.take("orphans", check.orphans_max, read_count, 0U, kCountMax);
  map.take("exit_code", check.program_exit_code, read_count, 0U, kExitCodeMax);
  map.take("alive_at_most", check.alive_max, read_count, 0U, kCountMax);
  map.take("terminated_before_killed", check.terminated_before_killed, read_bool);
  map.take("reaped_before_reported", check.reaped_before_reported, read_bool);
  const bool asks = map.find("processes") != nullptr || check.zombies_max || check.orphans_max ||
                    check.program_exit_code || check.alive_max || check.terminated_before_killed ||
                    check.reaped_before_reported;
  if (!asks) {
    context.problems.add(map.node(),
                         "check exit_code asks for nothing; give processes, zombies, "
                         "orphans, exit_code, alive_at_most, "
                         "terminated_before_killed or reaped_before_reported");
  }
  return check;
}

/// Compiles the expression as the output check will (check/output.cpp).
void check_expression(const YamlNode& at, Problems& problems) {
  try {
    const std::regex compiled(at.text, std::regex::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error& error) {
    problems.add(
        at, "\"" + at.text + "\" is not a regular expression that can be used: " + error.what());
  }
}

void check_expressions(MapReader& map, std::string_view key, Problems& problems) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::scalar) check_expression(*node, problems);
  for (const YamlNode& item : node->items) {
    if (item.kind == YamlNode::Kind::scalar) check_expression(item, problems);
  }
}

OutputCheck read_output(MapReader& map, const ReadContext& context) {
  OutputCheck check;
  map.take("equals_any_of", check.equals_any_of, read_texts);
  map.take("lines_in_order", check.lines_in_order, read_texts);
  map.take("never", check.never, read_texts);
  check_expressions(map, "lines_in_order", context.problems);
  check_expressions(map, "never", context.problems);
  if (map.find("equals_any_of") == nullptr && map.find("lines_in_order") == nullptr &&
      map.find("never") == nullptr) {
    context.problems.add(map.node(), "check output needs equals_any_of, lines_in_order or never");
  }
  return check;
}

SpeedCheck read_speed(MapReader& map, const ReadContext& context) {
  SpeedCheck check;
  const YamlNode* makespan = map.find("makespan");
  const YamlNode* benchmark = map.find("benchmark");
  if ((makespan == nullptr) == (benchmark == nullptr)) {
    context.problems.add(map.node(), "check speed needs either makespan or benchmark");
    return check;
  }
  if (makespan != nullptr) {
    MapReader members(*makespan, "makespan", makespan_keys(), context.problems);
    if (const YamlNode* from = members.require("from")) check.from = read_selector(*from, context);
    if (const YamlNode* to = members.require("to")) check.to = read_selector(*to, context);
    members.require("at_most");
    members.take("at_most", check.makespan_max_ns, read_duration_ns);
    return check;
  }
  check.form = SpeedCheck::Form::benchmark;
  MapReader members(*benchmark, "benchmark", benchmark_keys(), context.problems);
  members.require("at_most");
  members.take("at_most", check.ratio_max, read_decimal, kRatioMax);
  return check;
}

}  // namespace

CheckParameters read_check(MapReader& criterion, std::size_t check, const ReadContext& context) {
  static_assert(std::variant_size_v<CheckParameters> == 8);
  switch (check) {
    case 0:
      return read_build(criterion);
    case 1:
      return TestCheck{};
    case 2:
      return RaceCheck{};
    case 3:
      return DeadlockCheck{};
    case 4:
      return read_ordering(criterion, context);
    case 5:
      return read_exit_code(criterion, context);
    case 6:
      return read_output(criterion, context);
    default:
      return read_speed(criterion, context);
  }
}

}  // namespace grader
