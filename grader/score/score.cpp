#include "score/score.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace grader {
namespace {

constexpr double kHundred = 100;
/// Takes up what binary fractions lose: a third of 9 points, three times, is 9 points.
constexpr double kLossMax = 1e-6;

/// Points as whole hundredths, cut off.
std::int64_t cut_off(double hundredths) {
  return static_cast<std::int64_t>(std::floor(hundredths + kLossMax));
}
std::int64_t hundredths(double points) { return std::llround(points * kHundred); }
double points_of(std::int64_t value) { return static_cast<double>(value) / kHundred; }

Verdict verdict_for(const Criterion& criterion, const std::vector<Verdict>& verdicts) {
  const auto found = std::find_if(verdicts.begin(), verdicts.end(), [&](const Verdict& verdict) {
    return verdict.criterion == criterion.id;
  });
  if (found != verdicts.end()) return *found;
  Verdict missing;
  missing.criterion = criterion.id;
  missing.outcome = Outcome::error;
  missing.summary = "the grader did not judge this criterion";
  return missing;
}

/// The first required criterion that did not pass; empty when all did.
std::string unmet(const Criterion& criterion, const std::map<std::string, Outcome>& outcomes) {
  for (const std::string& id : criterion.requires_) {
    const auto known = outcomes.find(id);
    if (known == outcomes.end() || known->second != Outcome::pass) return id;
  }
  return "";
}

void skip(Verdict& verdict, const std::string& required) {
  verdict.outcome = Outcome::skipped;
  verdict.earned = 0;
  verdict.findings.clear();
  verdict.summary = "not judged, because " + required + " did not pass";
}

/// Earned hundredths of a criterion of `max` hundredths.
std::int64_t earned(const Verdict& verdict, std::int64_t max) {
  if (verdict.outcome == Outcome::error || verdict.outcome == Outcome::skipped) return 0;
  if (verdict.outcome == Outcome::pass) return max;
  const double share = std::isfinite(verdict.earned) ? std::clamp(verdict.earned, 0.0, 1.0) : 0.0;
  return cut_off(share * static_cast<double>(max));
}

GradedCriterion grade_criterion(const Criterion& criterion, Verdict verdict, bool built) {
  GradedCriterion graded;
  graded.id = criterion.id;
  graded.title = criterion.title.empty() ? criterion.id : criterion.title;
  graded.check = check_name(criterion.check);
  graded.hint = criterion.hint;
  graded.points_max = criterion.points;
  graded.bonus = criterion.bonus;
  graded.visibility = criterion.visibility;
  if (built) graded.points = points_of(earned(verdict, hundredths(criterion.points)));
  graded.verdict = std::move(verdict);
  return graded;
}

std::int64_t after_late_days(std::int64_t points, const LatePolicy& late, int days_late) {
  const double lost_percent = late.percent_per_day * std::max(days_late, 0);
  const double kept_percent = std::max({kHundred - lost_percent, late.floor_percent, 0.0});
  return cut_off(static_cast<double>(points) * kept_percent / kHundred);
}

struct ReadBuild {
  Grade& grade;

  void operator()(const Built& built) const {
    grade.built = true;
    grade.diagnostics = built.warnings;
  }
  void operator()(const DoesNotBuild& failed) const {
    grade.problem = "the submission does not build";
    grade.diagnostics = failed.diagnostics;
  }
  void operator()(const SubmissionRefused& refused) const { grade.problem = refused.reason; }
  void operator()(const BuildFailed& failed) const {
    grade.problem = "the grader could not build: " + failed.reason;
    grade.withheld = true;
  }
};

void withhold(Grade& grade) {
  grade.outcome = Outcome::error;
  grade.points = 0;
  if (!grade.problem.empty()) return;
  for (const GradedCriterion& criterion : grade.criteria) {
    if (criterion.verdict.outcome != Outcome::error) continue;
    grade.problem = criterion.id + ": " + criterion.verdict.summary;
    return;
  }
}

}  // namespace

Grade score(const Rubric& rubric, const BuildResult& build, const std::vector<Verdict>& verdicts,
            const ScoreContext& context) {
  Grade grade;
  grade.exercise = rubric.exercise;
  grade.title = rubric.title;
  grade.submission = context.submission;
  grade.command = context.command;
  grade.timing = context.timing;
  grade.points_max = rubric.points;
  grade.pass_mark = rubric.pass;
  std::visit(ReadBuild{grade}, build);

  std::map<std::string, Outcome> outcomes;
  std::int64_t total = 0;
  std::int64_t cap = std::numeric_limits<std::int64_t>::max();
  for (const Criterion& criterion : rubric.criteria) {
    Verdict verdict = verdict_for(criterion, verdicts);
    const std::string required = unmet(criterion, outcomes);
    if (!required.empty()) skip(verdict, required);
    const Outcome outcome = verdict.outcome;
    outcomes[criterion.id] = outcome;
    if (outcome == Outcome::error) grade.withheld = true;
    if (outcome != Outcome::pass && criterion.cap) cap = std::min(cap, hundredths(*criterion.cap));
    grade.criteria.push_back(grade_criterion(criterion, std::move(verdict), grade.built));
    total += hundredths(grade.criteria.back().points);
  }
  total = std::min(total, cap);
  if (rubric.late) total = after_late_days(total, *rubric.late, context.days_late);
  grade.points = points_of(total);
  grade.outcome = total >= hundredths(rubric.pass) && grade.built ? Outcome::pass : Outcome::fail;
  if (grade.withheld) withhold(grade);
  return grade;
}

}  // namespace grader
