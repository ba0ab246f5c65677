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

// Up to three numbers with dots between; how many there are, 0 when it is anything else.
std::size_t parse_numbers(std::string_view text, std::uint64_t (&numbers)[3]) {
  for (std::size_t count = 0; count < 3; ++count) {
    const std::size_t dot = text.find('.');
    if (!parse_number(text.substr(0, dot), numbers[count])) return 0;
    if (dot == std::string_view::npos) return count + 1;
    text.remove_prefix(dot + 1);
  }
  return 0;
}

bool add_pick(std::vector<Schedule::Pick>& picks, std::uint64_t question, std::uint64_t candidate) {
  const bool ascending = picks.empty() || question > picks.back().question;
  if (!ascending || question >= kPicksEnd || candidate > UINT32_MAX) return false;
  picks.push_back({question, static_cast<std::uint32_t>(candidate)});
  return true;
}

// "r2.5.7": the last 2 picks again, 5 questions later each time, 7 times.
bool repeat_picks(std::string_view text, std::vector<Schedule::Pick>& picks) {
  std::uint64_t numbers[3] = {};
  if (parse_numbers(text, numbers) != 3) return false;
  const auto [size, shift, times] = numbers;
  if (size == 0 || size > picks.size() || shift == 0 || shift >= kPicksEnd) return false;
  for (std::uint64_t round = 0; round < times; ++round) {
    for (std::uint64_t i = 0; i < size; ++i) {
      const Schedule::Pick before = picks[picks.size() - size];
      if (!add_pick(picks, before.question + shift, before.candidate)) return false;
    }
  }
  return true;
}

bool parse_picks(std::string_view text, std::vector<Schedule::Pick>& picks) {
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (item.substr(0, 1) == "r") {
      if (!repeat_picks(item.substr(1), picks)) return false;
      continue;
    }
    std::uint64_t numbers[3] = {};
    if (parse_numbers(item, numbers) != 2 || !add_pick(picks, numbers[0], numbers[1])) return false;
  }
  return true;
}

struct Repetition {
  std::size_t size = 0;  ///< of what is repeated
  std::uint64_t shift = 0;
  std::size_t times = 0;
  [[nodiscard]] std::size_t covers() const { return size * times; }
};

// How often the `size` picks before `at` come again from there on.
Repetition repetition_of(const std::vector<Schedule::Pick>& picks, std::size_t at,
                         std::size_t size) {
  const std::uint64_t shift = picks[at].question - picks[at - size].question;
  std::size_t end = at;
  while (end < picks.size() && picks[end].candidate == picks[end - size].candidate &&
         picks[end].question == picks[end - size].question + shift) {
    ++end;
  }
  return {size, shift, (end - at) / size};
}

// The threads of a livelock go round and round: what they do is said once.
std::string picks_text(const std::vector<Schedule::Pick>& picks) {
  constexpr std::size_t kLongestRound = 64;
  constexpr std::size_t kWorthwhile = 3;
  std::string text;
  for (std::size_t at = 0; at < picks.size();) {
    Repetition best;
    for (std::size_t size = 1; size <= std::min(at, kLongestRound); ++size) {
      const Repetition next = repetition_of(picks, at, size);
      if (next.covers() > best.covers()) best = next;
    }
    if (!text.empty()) text += ',';
    if (best.covers() >= kWorthwhile) {
      text += "r" + std::to_string(best.size) + "." + std::to_string(best.shift) + "." +
              std::to_string(best.times);
      at += best.covers();
      continue;
    }
    text += std::to_string(picks[at].question) + "." + std::to_string(picks[at].candidate);
    ++at;
  }
  return text;
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
  if (key == "alive") return parse_number(value, schedule.alive_max);
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
  if (schedule.alive_max != defaults.alive_max) add("alive", std::to_string(schedule.alive_max));
  if (!schedule.spurious_wakeups) add("spurious", "0");
  if (schedule.thread_sanitizer) add("race", "1");
  if (!schedule.picks.empty()) add("picks", picks_text(schedule.picks));
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
  options.alive_max = schedule.alive_max;
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
