#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "check/checks.hpp"
#include "check/judge_runs.hpp"
#include "check/selector.hpp"

namespace grader {
namespace {

std::string seconds_text(std::int64_t time_ns) {
  return fmt::format("{:g} s", static_cast<double>(time_ns) / 1e9);
}

/// From the first `from` to the last `to` after it; nothing when one of them is not there.
std::optional<std::int64_t> makespan_ns(const SpeedCheck& check, const Trace& trace) {
  const TraceEvent* first = nullptr;
  const TraceEvent* last = nullptr;
  for (const TraceEvent& event : trace) {
    if (first == nullptr && matches(check.from, event)) first = &event;
    if (first != nullptr && matches(check.to, event)) last = &event;
  }
  if (last == nullptr) return std::nullopt;
  return last->time_ns - first->time_ns;
}

Judgement judge_makespan(const SpeedCheck& check, const ScenarioRuns& runs) {
  Judgement judgement;
  std::optional<std::int64_t> best;
  bool judged = false;
  for (const Observation* run : runs) {
    if (!why_unsound(*run).empty()) continue;
    judged = true;
    const std::optional<std::int64_t> time_ns = makespan_ns(check, run->trace);
    if (time_ns && (!best || *time_ns < *best)) best = time_ns;
  }
  if (!judged || (best && *best <= check.makespan_max_ns)) return judgement;
  const Observation& run = *runs.front();
  const std::string what = best ? "takes " + seconds_text(*best) + " at best"
                                : selector_text(check.from) + " and then " +
                                      selector_text(check.to) +
                                      " never happened, so there is no time to measure";
  judgement.add(Outcome::fail, finding_in(run, FindingKind::ordering,
                                          what + "; from " + selector_text(check.from) + " to " +
                                              selector_text(check.to) + " at most " +
                                              seconds_text(check.makespan_max_ns) +
                                              " are needed when all work in parallel"));
  return judgement;
}

Judgement judge_makespan_run(const Observation& run) {
  Judgement judgement;
  if (run.mode == ExploreMode::controlled) return judgement;
  judgement.add(Outcome::inconclusive,
                finding_in(run, FindingKind::uncontrolled,
                           "a makespan is virtual time, and this run was timed by the machine"));
  return judgement;
}

struct Ratio {
  Outcome outcome;
  std::string text;
};

Ratio judge_ratio(const BenchmarkMeasurement& measured, double ratio_max) {
  if (!measured.failure.empty()) return {Outcome::error, measured.failure};
  if (!measured.withheld.empty()) return {Outcome::inconclusive, measured.withheld};
  if (!measured.ended.empty()) return {Outcome::fail, measured.ended};
  const bool in_order = measured.ratio_low > 0 && measured.ratio_low <= measured.ratio_high;
  if (!in_order) return {Outcome::error, "the measurement makes no sense"};
  // No measured number: they differ from one grading to the next, and stand in `timing`.
  const std::string bound = fmt::format("{:g} times the CPU time of the reference", ratio_max);
  if (measured.ratio_high <= ratio_max) return {Outcome::pass, "takes at most " + bound};
  if (measured.ratio_low > ratio_max) return {Outcome::fail, "takes more than " + bound};
  return {Outcome::inconclusive, "is too close to tell to " + bound + ": its points are withheld"};
}

Finding finding_of(const BenchmarkMeasurement& measured, const Ratio& ratio) {
  Finding finding;
  finding.kind = measured.ended.empty() ? FindingKind::ordering : FindingKind::crash;
  finding.scenario = measured.scenario;
  finding.message = ratio.text;
  return finding;
}

Verdict check_benchmark(const Criterion& criterion, const SpeedCheck& check,
                        const CheckInput& input) {
  Verdict verdict;
  verdict.criterion = criterion.id;
  verdict.outcome = Outcome::pass;
  std::uint64_t passed = 0;
  for (const BenchmarkMeasurement& measured : input.benchmarks) {
    if (!uses_scenario(criterion, measured.scenario)) continue;
    const Ratio ratio = judge_ratio(measured, check.ratio_max);
    ++verdict.runs;
    if (ratio.outcome == Outcome::pass) ++passed;
    if (verdict.summary.empty() || ratio.outcome > verdict.outcome) {
      verdict.summary = measured.scenario + ": " + ratio.text;
    }
    if (ratio.outcome == Outcome::fail) verdict.findings.push_back(finding_of(measured, ratio));
    verdict.outcome = merge(verdict.outcome, ratio.outcome);
  }
  if (verdict.runs == 0) {
    verdict.outcome = Outcome::error;
    verdict.summary = "there is no measurement of this criterion";
  }
  if (verdict.outcome == Outcome::pass) {
    verdict.earned = 1;
  } else if (verdict.outcome != Outcome::error && criterion.credit == Credit::per_scenario) {
    verdict.earned = static_cast<double>(passed) / static_cast<double>(verdict.runs);
  }
  return verdict;
}

}  // namespace

Verdict check_speed(const Criterion& criterion, const SpeedCheck& check, const CheckInput& input) {
  if (check.form == SpeedCheck::Form::benchmark) return check_benchmark(criterion, check, input);
  RunsJudge runs;
  runs.run = judge_makespan_run;
  runs.scenario = [&](const ScenarioRuns& all) { return judge_makespan(check, all); };
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
