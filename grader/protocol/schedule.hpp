#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/channel.hpp"

namespace grader::protocol {

/// A schedule as it is handed from one command to another: what was run, under which options, and
/// either the strategy with its seed or the choices made. Its printable form is one word that needs
/// no quoting in a shell, as `grader replay` takes it:
///
///   g1:source=examples/race.cpp:points=atomics:picks=3.1,17.0
///
/// Members with their default value are left out. `picks` lists where the run departs from the
/// default policy (protocol/default_policy.hpp): at the question with this index, counted from 0
/// among those with several candidates, this candidate is taken. "r2.5.7" among them stands for the
/// last 2 picks again, 5 questions later each time, 7 times.
struct Schedule {
  struct Pick {
    std::uint64_t question;
    std::uint32_t candidate;
    bool operator==(const Pick&) const = default;
  };
  StrategyKind strategy = StrategyKind::replay;  ///< replay: the picks decide
  std::uint64_t seed = 1;
  std::uint32_t depth = 3;
  std::uint64_t expected_steps = 0;
  Points points = Points::sync;
  std::int64_t delay_max_ns = 500'000'000;
  std::uint64_t step_budget = 20'000;
  std::uint32_t alive_max = 2'000;
  bool spurious_wakeups = true;
  bool thread_sanitizer = false;  ///< the finding is the real ThreadSanitizer's
  std::vector<Pick> picks;        ///< ascending
  /// What was run: "source", "program", "argument", "exercise", … in order, keys may repeat.
  std::vector<std::pair<std::string, std::string>> target;

  bool operator==(const Schedule&) const = default;
};

std::string to_text(const Schedule& schedule);

/// The schedule behind a word, or what is wrong with it, as a sentence.
std::variant<Schedule, std::string> parse_schedule(std::string_view word);

/// Names as the command line and reports use them: "random_walk", "pct", …; "sync", "atomics", ….
const char* to_text(StrategyKind kind);
const char* to_text(Points points);

/// The strategy of that name ("random" and "random-walk" are taken too); false when there is none.
bool parse_strategy(std::string_view name, StrategyKind& kind);
bool parse_points(std::string_view name, Points& points);

/// The options that a run of this schedule gets.
RunOptions run_options(const Schedule& schedule);

/// The picks as the runtime takes them: a choice for each question up to the last pick.
std::vector<Choice> expand_picks(const std::vector<Schedule::Pick>& picks);

}  // namespace grader::protocol
