#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explore/controlled_session.hpp"
#include "explore/portfolio.hpp"
#include "explore/symbolizer.hpp"
#include "protocol/schedule.hpp"

namespace grader {

/// What is to be explored, and how far.
struct ExploreRequest {
  ControlledProgram program;
  std::optional<protocol::StrategyKind> strategy;  ///< none: the portfolio
  std::uint64_t schedules = 1'000;
  std::uint64_t seed = 1;
  protocol::Points points = protocol::Points::sync;
  std::int64_t delay_max_ns = 500'000'000;
  std::uint64_t step_budget = 20'000;
  bool race = false;  ///< each order of synchronisation once more beneath ThreadSanitizer
  bool stop_on_first = false;
  int expect_exit = 0;
  unsigned jobs = 1;
  std::uint64_t minimise_runs = 400;  ///< at most so many to make the first failure simple; 0: none
  /// What a replay must name to run the same program again (protocol::Schedule::target).
  std::vector<std::pair<std::string, std::string>> target;
  /// Told now and then how far the search is: schedules run, failures.
  std::function<void(std::uint64_t, std::uint64_t)> progress;
};

/// A failing schedule with all that is shown of it.
struct Failure {
  std::uint64_t schedule = 0;  ///< index, from 0
  FindingKind kind = FindingKind::none;
  std::string message;
  std::vector<SourceLocation> locations;
  std::string replay;  ///< for `grader replay`
  std::vector<protocol::Decision> decisions;
  Trace trace;
  std::map<std::uint64_t, SourceLocation> places;  ///< of the code locations in the trace
  std::string stdout_text;
  std::string stderr_text;
  std::uint64_t preemptions = 0;
  std::uint64_t step = 0;  ///< where it showed; 0 when unknown
};

struct Exploration {
  std::uint64_t schedules_run = 0;
  std::uint64_t failures = 0;
  bool exhausted = false;       ///< every schedule was explored
  std::string bounds;           ///< under what bounds, when exhausted
  std::uint64_t redundant = 0;  ///< runs of an exhaustive search that were cut short
  std::uint64_t classes = 0;    ///< distinct orders of synchronisation
  std::uint64_t race_runs = 0;  ///< beneath ThreadSanitizer
  std::optional<Failure> first;
  std::uint32_t threads_max = 0;
  std::uint64_t steps_max = 0;
};

/// What is wrong with a run, most telling first; empty when nothing is. `expect_exit` is the status
/// that the program should end with. Sentences may hold "{n}" for the place of `location_codes[n]`.
std::vector<RuntimeFinding> judge_run(const ControlledRun& run, int expect_exit);

/// Runs the program's schedules. The result depends on the request alone, not on `jobs`. An error
/// is the user's (the program cannot be run) or the grader's.
Result<Exploration> explore(const ExploreRequest& request, Symbolizer& symbolizer);

/// Puts the places into the finding's sentence, and into its locations.
Finding explain_finding(const RuntimeFinding& finding, const ChannelView& view,
                        Symbolizer& symbolizer);

/// The place of a code location (protocol::make_location) as a person would name it: the innermost
/// frame outside of the system's headers. Line 0 when unknown.
SourceLocation place_of(std::uint64_t location, const ChannelView& view, Symbolizer& symbolizer);

}  // namespace grader
