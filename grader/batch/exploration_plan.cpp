#include "batch/exploration_plan.hpp"

#include <algorithm>

#include "batch/benchmarking.hpp"

namespace grader {
namespace {

bool judges_runs(const Criterion& criterion) {
  return !std::holds_alternative<BuildCheck>(criterion.check) && !is_benchmark(criterion);
}

bool used_in_mode(const Rubric& rubric, const std::string& scenario, ExploreMode mode,
                  bool for_races) {
  return std::any_of(rubric.criteria.begin(), rubric.criteria.end(), [&](const Criterion& c) {
    const bool race = std::holds_alternative<RaceCheck>(c.check);
    return judges_runs(c) && c.mode.value_or(rubric.explore.mode) == mode && race == for_races &&
           uses_scenario(c, scenario);
  });
}

template <typename... Checks>
bool is_checked_by(const Rubric& rubric, const std::string& scenario) {
  return std::any_of(rubric.criteria.begin(), rubric.criteria.end(), [&](const Criterion& c) {
    return (std::holds_alternative<Checks>(c.check) || ...) && uses_scenario(c, scenario);
  });
}

RunPlan plan_for(const Rubric& rubric, const std::string& scenario, const GradeOptions& options) {
  RunPlan plan;
  plan.scenario = scenario;
  plan.settings = rubric.explore;
  if (options.seed) plan.settings.seed = *options.seed;
  plan.limits = rubric.limits;
  plan.output_is_checked = is_checked_by<OutputCheck>(rubric, scenario);
  plan.trace_is_checked = is_checked_by<OrderingCheck, ExitCodeCheck, SpeedCheck>(rubric, scenario);
  return plan;
}

}  // namespace

std::vector<RunPlan> plan_runs(const Rubric& rubric, const std::vector<std::string>& scenarios,
                               const GradeOptions& options) {
  std::vector<RunPlan> plans;
  for (const std::string& scenario : scenarios) {
    for (const ExploreMode mode : {ExploreMode::controlled, ExploreMode::native}) {
      const bool plain = used_in_mode(rubric, scenario, mode, false);
      const bool races = used_in_mode(rubric, scenario, mode, true);
      RunPlan plan = plan_for(rubric, scenario, options);
      plan.mode = mode;
      const bool native = mode == ExploreMode::native;
      // Controlled ThreadSanitizer runs repeat schedules that the plain search has found.
      if (plain || (races && !native)) {
        plan.runtime = RuntimeKind::plain;
        plan.schedules = native ? plan.settings.native_runs : plan.settings.schedules;
        if (options.schedules) plan.schedules = *options.schedules;
        plans.push_back(plan);
      }
      if (races) {
        plan.runtime = RuntimeKind::thread_sanitizer;
        plan.schedules = plan.settings.race_runs;
        plans.push_back(plan);
      }
    }
  }
  return plans;
}

}  // namespace grader
