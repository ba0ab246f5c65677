#include "protocol/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace grader::protocol {
namespace {

constexpr std::string_view kVersion = "g1";
constexpr std::uint64_t kPicksEnd = 4U << 20U;  // questions that a channel can hold

struct StrategyName {
  const char* name;
  StrategyKind kind;
};
// The first name of a kind is the one that is printed.
constexpr StrategyName kStrategies[] = {
    {"native", StrategyKind::native},
    {"random_walk", StrategyKind::random_walk},
    {"random-walk", StrategyKind::random_walk},
    {"random", StrategyKind::random_walk},
    {"pct", StrategyKind::pct},
    {"pos", StrategyKind::pos},
    {"surw", StrategyKind::surw},
    {"round_robin", StrategyKind::round_robin},
    {"round-robin", StrategyKind::round_robin},
    {"dfs", StrategyKind::dfs},
    {"replay", StrategyKind::replay},
    {"blocks", StrategyKind::blocks},
};
constexpr const char* kPoints[] = {"sync", "atomics", "accesses"};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '/' || c == '+' || c == ',' || c == '@' || c == '-';
}

std::string escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : text) {
    if (is_plain(c)) {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return escaped;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] != '%') {
      plain += text[i];
    } else if (i + 2 < text.size() && parse_number(text.substr(i + 1, 2), byte, 16)) {
      plain += static_cast<char>(byte);
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return plain;
}

bool parse_picks(std::string_view text, std::vector<Schedule::Pick>& picks) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const std::size_t dot = item.find('.');
    Schedule::Pick pick{};
    if (dot == std::string_view::npos || !parse_number(item.substr(0, dot), pick.question) ||
        !parse_number(item.substr(dot + 1), pick.candidate)) {
      return false;
    }
    const bool ascending = picks.empty() || pick.question > picks.back().question;
    if (!ascending || pick.question >= kPicksEnd) return false;
    picks.push_back(pick);
  }
  return true;
}

bool parse_delay(std::string_view text, std::int64_t& delay_ns) {
  if (text == "unlimited") {
    delay_ns = kDelayUnlimited;
    return true;
  }
  std::int64_t ms = 0;
  if (!parse_number(text, ms) || ms < 0 || ms > 1'000'000'000) return false;
  delay_ns = ms * 1'000'000;
  return true;
}

// False when the value makes no sense for the key; keys that are not options describe the target.
bool take_member(Schedule& schedule, const std::string& key, const std::string& value) {
  if (key == "strategy") return parse_strategy(value, schedule.strategy);
  if (key == "seed") return parse_number(value, schedule.seed);
  if (key == "depth") return parse_number(value, schedule.depth);
  if (key == "expected") return parse_number(value, schedule.expected_steps);
  if (key == "points") return parse_points(value, schedule.points);
  if (key == "delay") return parse_delay(value, schedule.delay_max_ns);
  if (key == "steps") return parse_number(value, schedule.step_budget);
  if (key == "picks") return parse_picks(value, schedule.picks);
  if (key == "spurious" || key == "race") {
    if (value != "0" && value != "1") return false;
    (key == "race" ? schedule.thread_sanitizer : schedule.spurious_wakeups) = value == "1";
    return true;
  }
  schedule.target.emplace_back(key, value);
  return true;
}

}  // namespace

const char* to_text(StrategyKind kind) {
  for (const StrategyName& name : kStrategies) {
    if (name.kind == kind) return name.name;
  }
  return "unknown";
}

const char* to_text(Points points) { return kPoints[static_cast<std::size_t>(points)]; }

bool parse_strategy(std::string_view name, StrategyKind& kind) {
  for (const StrategyName& known : kStrategies) {
    if (name != known.name) continue;
    kind = known.kind;
    return true;
  }
  return false;
}

bool parse_points(std::string_view name, Points& points) {
  for (std::uint32_t i = 0; i < std::size(kPoints); ++i) {
    if (name != kPoints[i]) continue;
    points = static_cast<Points>(i);
    return true;
  }
  return false;
}

std::string to_text(const Schedule& schedule) {
  const Schedule defaults;
  std::string word(kVersion);
  const auto add = [&](const std::string& key, const std::string& value) {
    word += ":" + key + "=" + escape(value);
  };
  for (const auto& [key, value] : schedule.target) add(key, value);
  if (schedule.strategy != defaults.strategy) add("strategy", to_text(schedule.strategy));
  if (schedule.seed != defaults.seed) add("seed", std::to_string(schedule.seed));
  if (schedule.depth != defaults.depth) add("depth", std::to_string(schedule.depth));
  if (schedule.expected_steps != 0) add("expected", std::to_string(schedule.expected_steps));
  if (schedule.points != defaults.points) add("points", to_text(schedule.points));
  if (schedule.delay_max_ns != defaults.delay_max_ns) {
    add("delay", schedule.delay_max_ns == kDelayUnlimited
                     ? "unlimited"
                     : std::to_string(schedule.delay_max_ns / 1'000'000));
  }
  if (schedule.step_budget != defaults.step_budget) {
    add("steps", std::to_string(schedule.step_budget));
  }
  if (!schedule.spurious_wakeups) add("spurious", "0");
  if (schedule.thread_sanitizer) add("race", "1");
  std::string picks;
  for (const Schedule::Pick& pick : schedule.picks) {
    picks += (picks.empty() ? "" : ",") + std::to_string(pick.question) + "." +
             std::to_string(pick.candidate);
  }
  if (!picks.empty()) add("picks", picks);
  return word;
}

std::variant<Schedule, std::string> parse_schedule(std::string_view word) {
  const std::string_view version = word.substr(0, word.find(':'));
  if (version != kVersion) {
    return "a replay begins with \"" + std::string(kVersion) + ":\", as a report prints it";
  }
  Schedule schedule;
  word.remove_prefix(version.size());
  while (!word.empty()) {
    word.remove_prefix(1);
    const std::string_view item = word.substr(0, word.find(':'));
    word.remove_prefix(item.size());
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return "\"" + std::string(item) + "\" is not of the form key=value";
    }
    const std::optional<std::string> value = unescape(item.substr(equals + 1));
    const std::string key(item.substr(0, equals));
    if (!value || !take_member(schedule, key, *value)) {
      return "the value of \"" + key + "\" makes no sense: \"" +
             std::string(item.substr(equals + 1)) + "\"";
    }
  }
  return schedule;
}

RunOptions run_options(const Schedule& schedule) {
  RunOptions options;
  options.strategy = schedule.strategy;
  options.seed = schedule.seed;
  options.depth = schedule.depth;
  options.expected_steps = schedule.expected_steps;
  options.points = schedule.points;
  options.delay_max_ns = schedule.delay_max_ns;
  options.step_budget = schedule.step_budget;
  options.spurious_wakeups = schedule.spurious_wakeups ? 1 : 0;
  return options;
}

std::vector<Choice> expand_picks(const std::vector<Schedule::Pick>& picks) {
  std::vector<Choice> choices;
  for (const Schedule::Pick& pick : picks) {
    choices.resize(pick.question, Choice{kDefaultChoice, 0});
    choices.push_back({pick.candidate, 0});
  }
  return choices;
}

}  // namespace grader::protocol
