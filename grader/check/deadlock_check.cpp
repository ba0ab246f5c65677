#include "check/checks.hpp"
#include "check/judge_runs.hpp"

namespace grader {

Verdict check_deadlock(const Criterion& criterion, const DeadlockCheck&, const CheckInput& input) {
  RunsJudge runs;
  runs.run = [](const Observation& run) {
    Judgement judgement;
    for (Finding& finding :
         findings_of(run, {FindingKind::deadlock, FindingKind::lost_wakeup, FindingKind::livelock,
                           FindingKind::timeout, FindingKind::misuse})) {
      judgement.add(Outcome::fail, std::move(finding));
    }
    return judgement;
  };
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
