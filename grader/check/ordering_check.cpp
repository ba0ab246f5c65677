#include <algorithm>

#include "check/checks.hpp"
#include "check/judge_runs.hpp"
#include "check/patterns.hpp"

namespace grader {
namespace {

constexpr std::size_t kEvidenceMax = 12;

std::string rubric_place(const Pattern& pattern) {
  return std::string(to_text(pattern.kind)) + " on line " + std::to_string(pattern.line) +
         " of the rubric";
}

Finding finding_of(const Observation& run, const PatternResult& result) {
  Finding finding = finding_in(run, FindingKind::ordering, result.message);
  finding.details = result.details;
  if (result.evidence.empty()) return finding;
  const RunNames names(run.trace);
  const std::size_t shown = std::min(result.evidence.size(), kEvidenceMax);
  for (std::size_t i = 0; i < shown; ++i) {
    finding.details.push_back(event_line(*result.evidence[i], names));
  }
  if (shown < result.evidence.size()) {
    finding.details.push_back("… and " + std::to_string(result.evidence.size() - shown) + " more");
  }
  return finding;
}

Judgement judge_always(const OrderingCheck& check, const Observation& run) {
  Judgement judgement;
  for (const Pattern& pattern : check.always) {
    const PatternResult result = judge_pattern(pattern, run.trace);
    if (result.outcome != Outcome::pass) judgement.add(result.outcome, finding_of(run, result));
  }
  return judgement;
}

/// Whether any run shows `pattern`; what the run that came nearest said, when none does.
Judgement judge_sometimes(const Pattern& pattern, const ScenarioRuns& runs) {
  Judgement judgement;
  PatternResult last;
  std::uint64_t judged = 0;
  bool undecided = false;
  for (const Observation* run : runs) {
    if (!why_unsound(*run).empty()) continue;
    PatternResult result = judge_pattern(pattern, run->trace);
    if (result.outcome == Outcome::pass && !result.vacuous) return judgement;
    undecided = undecided || result.outcome == Outcome::inconclusive;
    if (result.message.empty()) result.message = "what it speaks of never happened";
    last = std::move(result);
    ++judged;
  }
  if (judged == 0) return judgement;  // every run failed for a reason that is told already
  last.evidence.clear();
  Finding finding = finding_of(*runs.front(), last);
  finding.message = "must be able to happen, and did not in any of " + std::to_string(judged) +
                    " runs: " + finding.message;
  judgement.add(undecided ? Outcome::inconclusive : Outcome::fail, std::move(finding));
  return judgement;
}

/// The `always` patterns whose events happened in no run of the criterion: nothing was shown.
std::vector<const Pattern*> empty_patterns(const OrderingCheck& check,
                                           const std::vector<const Observation*>& runs) {
  std::vector<const Pattern*> empty;
  for (const Pattern& pattern : check.always) {
    const bool shown = std::any_of(runs.begin(), runs.end(), [&](const Observation* run) {
      return !judge_pattern(pattern, run->trace).vacuous;
    });
    if (!shown) empty.push_back(&pattern);
  }
  return empty;
}

}  // namespace

Verdict check_ordering(const Criterion& criterion, const OrderingCheck& check,
                       const CheckInput& input) {
  const std::vector<const Pattern*> empty = empty_patterns(check, runs_of(criterion, input));
  RunsJudge judge;
  judge.run = [&](const Observation& run) { return judge_always(check, run); };
  judge.scenario = [&](const ScenarioRuns& runs) {
    Judgement judgement;
    for (const Pattern* pattern : empty) {
      judgement.add(Outcome::fail,
                    finding_in(*runs.front(), FindingKind::ordering,
                               "what " + rubric_place(*pattern) +
                                   " speaks of never happened in any run, so its order could not "
                                   "be seen"));
    }
    for (const Pattern& pattern : check.sometimes) {
      Judgement one = judge_sometimes(pattern, runs);
      for (Finding& finding : one.findings) judgement.add(one.outcome, std::move(finding));
    }
    return judgement;
  };
  return judge_runs(criterion, input, judge);
}

}  // namespace grader
