#include "rubric/rubric_loader.hpp"

#include <algorithm>
#include <cmath>

#include "base/posix.hpp"
#include "rubric/criterion_reader.hpp"
#include "rubric/keys.hpp"

namespace grader {
namespace {

constexpr double kPointsMax = 10'000;
constexpr double kPercentMax = 100;
constexpr std::uint64_t kCountMax = 1'000'000;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

void take_duration_ms(MapReader& map, std::string_view key, std::int64_t& target_ms) {
  std::int64_t duration_ns = target_ms * kNanosecondsPerMillisecond;
  map.take(key, duration_ns, read_duration_ns);
  target_ms = duration_ns / kNanosecondsPerMillisecond;
  const YamlNode* node = map.find(key);
  if (node != nullptr && duration_ns < kNanosecondsPerMillisecond) {
    map.problems().add(*node, std::string(key) + " must be at least 1ms");
  }
}

Limits read_limits(const YamlNode& node, Problems& problems) {
  Limits limits;
  MapReader map(node, "limits", limits_keys(), problems);
  take_duration_ms(map, "cpu", limits.cpu_ms);
  take_duration_ms(map, "wall", limits.wall_ms);
  map.take("memory", limits.memory_bytes, read_bytes);
  map.take("processes", limits.processes, read_count, 1U, kCountMax);
  map.take("output", limits.output_bytes, read_bytes);
  return limits;
}

void read_strategies(const YamlNode& node, ExploreSettings& explore, Problems& problems) {
  if (node.kind == YamlNode::Kind::scalar && node.text == "portfolio") return;
  Keys names;
  for (const NamedStrategy& strategy : named_strategies()) names.emplace_back(strategy.name);
  if (node.kind != YamlNode::Kind::sequence || node.items.empty()) {
    problems.add(node, "strategies must be portfolio, or a list of strategies");
    return;
  }
  for (const YamlNode& item : node.items) {
    const auto index = read_choice(item, "a strategy", names, problems);
    if (index) explore.strategies.push_back(named_strategies()[*index].kind);
  }
}

ExploreSettings read_explore(const YamlNode& node, Problems& problems) {
  ExploreSettings explore;
  MapReader map(node, "explore", explore_keys(), problems);
  std::size_t choice = static_cast<std::size_t>(explore.mode);
  map.take("mode", choice, read_choice, mode_names());
  explore.mode = static_cast<ExploreMode>(choice);
  map.take("schedules", explore.schedules, read_count, 1U, kCountMax);
  map.take("native_runs", explore.native_runs, read_count, 1U, kCountMax);
  map.take("race_runs", explore.race_runs, read_count, 1U, kCountMax);
  map.take("seed", explore.seed, read_count, 0U, std::uint64_t{0xFFFF'FFFF'FFFF'FFFF});
  map.take("step_budget", explore.step_budget, read_count, 100U, std::uint64_t{100'000'000});
  choice = static_cast<std::size_t>(explore.points);
  map.take("points", choice, read_choice, points_names());
  explore.points = static_cast<protocol::Points>(choice);
  if (const YamlNode* strategies = map.find("strategies")) {
    read_strategies(*strategies, explore, problems);
  }
  const YamlNode* delay = map.find("delay_max");
  if (delay != nullptr && delay->text == "unlimited" && !delay->quoted) {
    explore.delay_max_ns = protocol::kDelayUnlimited;
  } else {
    map.take("delay_max", explore.delay_max_ns, read_duration_ns);
  }
  return explore;
}

LatePolicy read_late(const YamlNode& node, Problems& problems) {
  LatePolicy late;
  MapReader map(node, "late", late_keys(), problems);
  map.require("percent_per_day");
  map.take("percent_per_day", late.percent_per_day, read_decimal, kPercentMax);
  map.take("floor_percent", late.floor_percent, read_decimal, kPercentMax);
  return late;
}

void check_submit(const YamlNode& node, const ReadContext& context) {
  std::vector<std::string> seen;
  for (const YamlNode& item : node.items) {
    const bool plain = item.text.find('/') == std::string::npos && item.text.size() > 4 &&
                       item.text.ends_with(".cpp") && item.text.front() != '.' &&
                       item.text.front() != '-';
    if (!plain) {
      context.problems.add(
          item, "submit takes names of .cpp files of the exercise, not \"" + item.text + "\"");
    } else if (std::find(seen.begin(), seen.end(), item.text) != seen.end()) {
      context.problems.add(item, "\"" + item.text + "\" is listed twice");
    } else if (context.exercise != nullptr) {
      const std::vector<std::string>& files = context.exercise->files;
      if (std::find(files.begin(), files.end(), item.text) == files.end()) {
        context.problems.add(
            item, "the exercise has no file \"" + item.text + "\"" + suggestion(item.text, files));
      }
    }
    seen.push_back(item.text);
  }
}

void check_slug(MapReader& map, const Rubric& rubric, const ReadContext& context) {
  const YamlNode* node = map.find("exercise");
  if (node == nullptr || context.exercise == nullptr || rubric.exercise.empty()) return;
  if (rubric.exercise == context.exercise->slug) return;
  context.problems.add(*node, "exercise is \"" + rubric.exercise +
                                  "\", but the folder is named \"" + context.exercise->slug + "\"");
}

std::int64_t hundredths(double points) { return std::llround(points * 100); }

std::string points_text(std::int64_t value) {
  std::string text = std::to_string(value / 100);
  if (value % 100 != 0) {
    text += '.';
    text += static_cast<char>('0' + value % 100 / 10);
    if (value % 10 != 0) text += static_cast<char>('0' + value % 10);
  }
  return text;
}

void check_points(MapReader& map, const Rubric& rubric, Problems& problems) {
  std::int64_t sum = 0;
  bool all_known = rubric.points > 0 && !rubric.criteria.empty();
  for (const Criterion& criterion : rubric.criteria) {
    if (!criterion.bonus) sum += hundredths(criterion.points);
    all_known = all_known && criterion.points > 0;
  }
  const YamlNode* points = map.find("points");
  if (points != nullptr && points->text == "0") {
    problems.add(*points, "a rubric must have more than 0 points");
  }
  // A criterion whose points could not be read has its own problem already.
  if (points != nullptr && all_known && sum != hundredths(rubric.points)) {
    problems.add(*points, "the criteria that are no bonus have " + points_text(sum) +
                              " points together, not " + points_text(hundredths(rubric.points)));
  }
  const YamlNode* pass = map.find("pass");
  if (pass != nullptr && rubric.points > 0 && rubric.pass > rubric.points) {
    problems.add(*pass, "the pass mark is more than all the points");
  }
}

/// A makespan is virtual time: natively it would be the machine's, and differ every time.
void check_makespans(const Rubric& rubric, Problems& problems) {
  for (const Criterion& criterion : rubric.criteria) {
    const auto* speed = std::get_if<SpeedCheck>(&criterion.check);
    if (speed == nullptr || speed->form != SpeedCheck::Form::makespan) continue;
    if (criterion.mode.value_or(rubric.explore.mode) == ExploreMode::controlled) continue;
    problems.add(criterion.line, 1,
                 "a makespan is measured in virtual time: give the criterion " +
                     std::string("mode: controlled"));
  }
}

/// Scenarios that no criterion runs are dead weight, or a glob that is narrower than was meant.
void check_scenarios_are_used(MapReader& map, const Rubric& rubric, const ReadContext& context) {
  const YamlNode* criteria = map.find("criteria");
  if (context.exercise == nullptr || criteria == nullptr) return;
  for (const std::string& scenario : context.exercise->scenarios) {
    const bool used = std::any_of(rubric.criteria.begin(), rubric.criteria.end(),
                                  [&](const Criterion& criterion) {
                                    return !std::holds_alternative<BuildCheck>(criterion.check) &&
                                           uses_scenario(criterion, scenario);
                                  });
    if (!used) {
      context.problems.add(*criteria, "no criterion uses the scenario \"" + scenario + "\"");
    }
  }
}

void read_head(MapReader& map, Rubric& rubric, const ReadContext& context) {
  for (const char* key : {"exercise", "title", "submit", "points", "pass", "criteria"}) {
    map.require(key);
  }
  map.take("exercise", rubric.exercise, read_text);
  map.take("title", rubric.title, read_text);
  if (map.find("duration") != nullptr) take_duration_ms(map, "duration", rubric.duration_ms);
  map.take("submit", rubric.submit, read_texts);
  rubric.points = 0;
  map.take("points", rubric.points, read_decimal, kPointsMax);
  map.take("pass", rubric.pass, read_decimal, kPointsMax);
  if (const YamlNode* submit = map.find("submit")) check_submit(*submit, context);
}

Rubric read_rubric(const YamlNode& root, const std::string& file, const ReadContext& context) {
  Rubric rubric;
  rubric.file = file;
  Problems& problems = context.problems;
  MapReader map(root, "the rubric", rubric_keys(), problems);
  if (!map.is_mapping()) return rubric;
  read_head(map, rubric, context);
  if (const YamlNode* node = map.find("limits")) rubric.limits = read_limits(*node, problems);
  if (const YamlNode* node = map.find("explore")) rubric.explore = read_explore(*node, problems);
  if (const YamlNode* node = map.find("late")) rubric.late = read_late(*node, problems);
  if (const YamlNode* node = map.find("criteria")) rubric.criteria = read_criteria(*node, context);
  check_slug(map, rubric, context);
  check_points(map, rubric, problems);
  check_makespans(rubric, problems);
  check_scenarios_are_used(map, rubric, context);
  return rubric;
}

}  // namespace

RubricResult parse_rubric(std::string_view text, const std::string& file,
                          const ExerciseFacts* exercise) {
  Problems problems(file);
  const YamlNode root = parse_yaml(text, problems);
  if (!problems.empty() && root.kind != YamlNode::Kind::mapping) return problems.sorted();
  Problems all = problems;
  Rubric rubric = read_rubric(root, file, ReadContext{all, exercise});
  const std::vector<RubricProblem> found = all.sorted();
  if (found.empty()) return rubric;
  return found;
}

RubricResult load_rubric(const std::filesystem::path& path) {
  const auto unreadable = [&](const Error& error) {
    return std::vector<RubricProblem>{{path.string(), 1, 1, error.message}};
  };
  const Result<std::string> text = read_file(path);
  if (!text.ok()) return unreadable(text.error());
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const Result<ExerciseFacts> exercise = read_exercise_facts(folder);
  if (!exercise.ok()) return unreadable(exercise.error());
  return parse_rubric(*text, path.string(), &*exercise);
}

std::string to_text(const std::vector<RubricProblem>& problems) {
  std::string text;
  for (const RubricProblem& problem : problems) text += to_text(problem) + "\n";
  return text;
}

}  // namespace grader
