#include "check/checks.hpp"
#include "check/judge_runs.hpp"

namespace grader {

Verdict check_race(const Criterion& criterion, const RaceCheck&, const CheckInput& input) {
  RunsJudge runs;
  runs.runs_name = "run under ThreadSanitizer";
  runs.applies = [](const Observation& run) {
    // A plain run counts when it found a race all the same, or went so wrong that nothing passes.
    return run.runtime == RuntimeKind::thread_sanitizer || !why_unsound(run).empty() ||
           !findings_of(run, {FindingKind::data_race}).empty();
  };
  runs.run = [](const Observation& run) {
    Judgement judgement;
    for (Finding& finding : findings_of(run, {FindingKind::data_race})) {
      judgement.add(Outcome::fail, std::move(finding));
    }
    return judgement;
  };
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
