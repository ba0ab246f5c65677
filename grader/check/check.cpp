#include "check/check.hpp"

#include "check/checks.hpp"

namespace grader {
namespace {

Verdict decided(const Criterion& criterion, Outcome outcome, std::string summary) {
  Verdict verdict;
  verdict.criterion = criterion.id;
  verdict.outcome = outcome;
  verdict.summary = std::move(summary);
  return verdict;
}

/// The verdict of any check on a submission that there is nothing to run of.
struct WithoutProgram {
  const Criterion& criterion;

  Verdict operator()(const Built&) const {
    return decided(criterion, Outcome::error, "the submission was not run");
  }
  Verdict operator()(const DoesNotBuild&) const {
    return decided(criterion, Outcome::fail, "the submission does not build");
  }
  Verdict operator()(const SubmissionRefused& refused) const {
    Verdict verdict = decided(criterion, Outcome::fail, refused.reason);
    verdict.findings = refused.findings;
    return verdict;
  }
  Verdict operator()(const BuildFailed& failed) const {
    return decided(criterion, Outcome::error, "the grader could not build: " + failed.reason);
  }
};

struct Dispatch {
  const Criterion& criterion;
  const CheckInput& input;

  Verdict operator()(const BuildCheck& c) const { return check_build(criterion, c, input); }
  Verdict operator()(const TestCheck& c) const { return check_test(criterion, c, input); }
  Verdict operator()(const RaceCheck& c) const { return check_race(criterion, c, input); }
  Verdict operator()(const DeadlockCheck& c) const { return check_deadlock(criterion, c, input); }
  Verdict operator()(const OrderingCheck& c) const { return check_ordering(criterion, c, input); }
  Verdict operator()(const ExitCodeCheck& c) const { return check_exit_code(criterion, c, input); }
  Verdict operator()(const OutputCheck& c) const { return check_output(criterion, c, input); }
  Verdict operator()(const SpeedCheck& c) const { return check_speed(criterion, c, input); }
};

}  // namespace

Verdict check(const Criterion& criterion, const CheckInput& input) {
  const bool built = std::holds_alternative<Built>(input.build);
  if (!built && !std::holds_alternative<BuildCheck>(criterion.check)) {
    return std::visit(WithoutProgram{criterion}, input.build);
  }
  return std::visit(Dispatch{criterion, input}, criterion.check);
}

}  // namespace grader
