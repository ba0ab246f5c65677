#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/run_options.hpp"

namespace grader {

/// Limits of one run of a submission (and, for cpu, wall and memory, of its compilation).
struct Limits {
  std::int64_t cpu_ms = 20'000;
  std::int64_t wall_ms = 60'000;
  std::int64_t memory_bytes = 512LL << 20;
  std::int64_t processes = 64;
  std::int64_t output_bytes = 1LL << 20;
};

/// How scenarios are run unless a criterion says otherwise.
enum class ExploreMode {
  native,      ///< the operating system schedules; repeated runs
  controlled,  ///< the runtime schedules; every run can be replayed
};

/// The rubric's `explore:` member.
struct ExploreSettings {
  ExploreMode mode = ExploreMode::native;
  std::uint64_t schedules = 300;   ///< controlled runs a scenario
  std::uint64_t native_runs = 10;  ///< native runs a scenario, plain
  std::uint64_t race_runs = 5;     ///< native ThreadSanitizer runs, or classes when controlled
  std::vector<protocol::StrategyKind> strategies;  ///< empty: the portfolio
  std::uint64_t seed = 1;
  std::int64_t delay_max_ns = 500'000'000;  ///< protocol::kDelayUnlimited for no bound
  protocol::Points points = protocol::Points::sync;
  std::uint64_t step_budget = 20'000;
};

/// Selects events of a trace: a mark's name ("task.start") or one that the harness sees
/// ("thread.start", "process.exit", "output"), with attribute values that must agree.
struct EventSelector {
  std::string name;
  std::vector<std::pair<std::string, std::string>> where;

  bool operator==(const EventSelector&) const = default;
};

/// Names after Dwyer, Avrunin and Corbett, "Patterns in property specifications for finite-state
/// verification" (ICSE 1999), with the concurrency patterns of design section 6 beside them.
enum class PatternKind {
  absence,            ///< `event` never happens
  existence,          ///< `event` happens
  bounded_existence,  ///< `event` happens between count_min and count_max times
  precedence,         ///< no `then` without an earlier `first`
  response,           ///< every `first` is followed by a `then`
  mutual_exclusion,   ///< no two intervals from..to overlap
  at_most,            ///< at most count_max intervals from..to are open at once
  overlap,            ///< two intervals from..to (count_min of them) are open at once
  fifo,               ///< `then` events carry the `by` values in the order of the `first` events
  linearizable,       ///< the history of `from`/`to` calls agrees with `specification`
};

struct Pattern {
  PatternKind kind = PatternKind::existence;
  EventSelector event;  ///< absence, existence, bounded_existence
  EventSelector first;  ///< precedence, response, fifo
  EventSelector then;
  EventSelector from;  ///< intervals
  EventSelector to;
  std::string by;    ///< attribute (or "thread", "process") that pairs events; empty: none
  std::string each;  ///< attribute: judged apart for each of its values; empty: all together
  std::uint64_t count_min = 0;
  std::optional<std::uint64_t> count_max;  ///< linearizable: the capacity of a bounded_queue
  std::string specification;               ///< linearizable: name of the sequential specification
  int line = 0;                            ///< in the rubric, for messages
};

struct BuildCheck {
  std::optional<std::uint64_t> warnings_max;  ///< unset: warnings do not matter
};
struct TestCheck {};
struct RaceCheck {};
struct DeadlockCheck {};
struct OrderingCheck {
  std::vector<Pattern> always;     ///< hold in every run
  std::vector<Pattern> sometimes;  ///< hold in at least one run
};
/// What one named process of a scenario must end with.
struct ProcessExpectation {
  std::string process;  ///< the name given to it by the scenario, or of the program executed
  int exit_code = 0;    ///< when signal is 0
  int signal = 0;       ///< signal that must have ended it; 0: it must have exited
};
struct ExitCodeCheck {
  std::vector<ProcessExpectation> processes;
  std::optional<std::uint64_t> zombies_max;
  std::optional<std::uint64_t> orphans_max;
  std::optional<int> program_exit_code;    ///< the scenario program's own status
  std::optional<std::uint64_t> alive_max;  ///< child processes alive at once
  bool terminated_before_killed = false;   ///< every SIGKILL is preceded by a SIGTERM
  bool reaped_before_reported = false;     ///< `process.reported` marks follow the reaping
};
struct OutputCheck {
  std::vector<std::string> equals_any_of;   ///< whole standard output; empty: not asked
  std::vector<std::string> lines_in_order;  ///< ECMAScript regular expressions, each a later line
  std::vector<std::string> never;           ///< regular expressions that no line may match
};
struct SpeedCheck {
  enum class Form { makespan, benchmark } form = Form::makespan;
  EventSelector from;  ///< makespan: first such event
  EventSelector to;    ///< makespan: last such event
  std::int64_t makespan_max_ns = 0;
  double ratio_max = 0;  ///< benchmark: submission's time over the reference's
};

using CheckParameters = std::variant<BuildCheck, TestCheck, RaceCheck, DeadlockCheck, OrderingCheck,
                                     ExitCodeCheck, OutputCheck, SpeedCheck>;

enum class Credit { all, per_scenario, per_schedule };
enum class Visibility { always, after_due, never };

struct Criterion {
  std::string id;
  std::string title;  ///< shown in the table; the id when empty
  double points = 0;
  CheckParameters check;
  std::vector<std::string> scenarios;  ///< globs over "Suite.Name"; empty: all
  std::vector<std::string> requires_;  ///< ids of earlier criteria that must pass first
  std::string hint;
  Credit credit = Credit::all;
  Visibility visibility = Visibility::always;
  bool bonus = false;               ///< its points come on top of the rubric's total
  std::optional<double> cap;        ///< when failed, the whole grade is at most this many points
  std::optional<ExploreMode> mode;  ///< overrides explore.mode
  int line = 0;
};

/// `late:` the share of the points lost a day begun after the due date, down to `floor` points.
struct LatePolicy {
  double percent_per_day = 0;
  double floor_percent = 0;
};

struct Rubric {
  std::filesystem::path file;
  std::string exercise;  ///< slug, the name of its folder
  std::string title;
  std::int64_t duration_ms = 0;     ///< planned time for a student; 0 when not stated
  std::vector<std::string> submit;  ///< the only files taken from a submission
  double points = 100;
  double pass = 60;  ///< pass mark, in points
  Limits limits;
  ExploreSettings explore;
  std::optional<LatePolicy> late;
  std::vector<Criterion> criteria;
};

/// The name that rubrics and reports use for the kind of check: "race", "exit_code", …
const char* check_name(const CheckParameters& check);
const char* to_text(PatternKind kind);

/// Whether `glob` ('*': any text, '?': any character) matches all of `scenario`.
bool glob_matches(std::string_view glob, std::string_view scenario);
/// Whether the criterion is judged on `scenario`: one of its globs matches, or it names none.
bool uses_scenario(const Criterion& criterion, std::string_view scenario);

}  // namespace grader
