#include "score/score.hpp"

namespace grader {
namespace {

Criterion criterion(const std::string& id, double points) {
  Criterion made;
  made.id = id;
  made.points = points;
  made.check = TestCheck{};
  return made;
}

Verdict verdict(const std::string& id, Outcome outcome, double earned = 0) {
  Verdict made;
  made.criterion = id;
  made.outcome = outcome;
  made.earned = outcome == Outcome::pass ? 1 : earned;
  made.summary = "said so";
  return made;
}

/// Criteria a (40) and b (60), pass mark 60.
Rubric rubric() {
  Rubric made;
  made.exercise = "0-sample";
  made.criteria = {criterion("a", 40), criterion("b", 60)};
  return made;
}

Grade graded(const Rubric& r, const std::vector<Verdict>& verdicts, int days_late = 0) {
  ScoreContext context;
  context.days_late = days_late;
  return score(r, Built{}, verdicts, context);
}

TEST(Score, AddsThePointsOfWhatPassed) {
  const Grade all = graded(rubric(), {verdict("a", Outcome::pass), verdict("b", Outcome::pass)});
  EXPECT_EQ(all.points, 100);
  EXPECT_EQ(all.outcome, Outcome::pass);
  const Grade some = graded(rubric(), {verdict("a", Outcome::pass), verdict("b", Outcome::fail)});
  EXPECT_EQ(some.points, 40);
  EXPECT_EQ(some.outcome, Outcome::fail);
}

TEST(Score, PassesExactlyAtThePassMark) {
  const Grade grade = graded(rubric(), {verdict("a", Outcome::fail), verdict("b", Outcome::pass)});
  EXPECT_EQ(grade.points, 60);
  EXPECT_EQ(grade.outcome, Outcome::pass);
}

TEST(Score, NeverRoundsUpToAPass) {
  Rubric r = rubric();
  r.criteria[1].credit = Credit::per_schedule;
  const Grade grade =
      graded(r, {verdict("a", Outcome::pass), verdict("b", Outcome::fail, 19.9999 / 60)});
  EXPECT_EQ(grade.points, 59.99);
  EXPECT_EQ(grade.outcome, Outcome::fail);
}

TEST(Score, GivesAnExactThirdWhole) {
  Rubric r = rubric();
  r.criteria = {criterion("a", 9), criterion("b", 91)};
  EXPECT_EQ(graded(r, {verdict("a", Outcome::fail, 1.0 / 3), verdict("b", Outcome::fail)}).points,
            3);
}

TEST(Score, SkipsWhatRequiresAFailedCriterionAndWhatRequiresThat) {
  Rubric r = rubric();
  r.criteria.push_back(criterion("c", 0));
  r.criteria[1].requires_ = {"a"};
  r.criteria[2].requires_ = {"b"};
  const Grade grade = graded(
      r, {verdict("a", Outcome::fail), verdict("b", Outcome::pass), verdict("c", Outcome::pass)});
  EXPECT_EQ(grade.points, 0);
  EXPECT_EQ(grade.criteria[1].verdict.outcome, Outcome::skipped);
  EXPECT_EQ(grade.criteria[2].verdict.outcome, Outcome::skipped);
}

TEST(Score, WithholdsTheScoreForTheGradersOwnFault) {
  const Grade grade = graded(rubric(), {verdict("a", Outcome::error), verdict("b", Outcome::pass)});
  EXPECT_TRUE(grade.withheld);
  EXPECT_EQ(grade.points, 0);
  EXPECT_EQ(grade.outcome, Outcome::error);
  EXPECT_EQ(grade.problem, "a: said so");
}

TEST(Score, WithholdsTheScoreWhenAVerdictIsNotThere) {
  const Grade grade = graded(rubric(), {verdict("b", Outcome::pass)});
  EXPECT_TRUE(grade.withheld);
  EXPECT_EQ(grade.outcome, Outcome::error);
}

TEST(Score, InconclusiveEarnsNothingAndIsNoError) {
  const Grade grade =
      graded(rubric(), {verdict("a", Outcome::inconclusive), verdict("b", Outcome::pass)});
  EXPECT_FALSE(grade.withheld);
  EXPECT_EQ(grade.points, 60);
}

TEST(Score, AddsABonusOnTop) {
  Rubric r = rubric();
  r.criteria.push_back(criterion("extra", 5));
  r.criteria[2].bonus = true;
  const Grade grade = graded(r, {verdict("a", Outcome::pass), verdict("b", Outcome::pass),
                                 verdict("extra", Outcome::pass)});
  EXPECT_EQ(grade.points, 105);
  EXPECT_EQ(grade.points_max, 100);
}

TEST(Score, CapsTheWholeAtTheLeastCapOfWhatDidNotPass) {
  Rubric r = rubric();
  r.criteria[0].cap = 50;
  EXPECT_EQ(graded(r, {verdict("a", Outcome::fail), verdict("b", Outcome::pass)}).points, 50);
  EXPECT_EQ(graded(r, {verdict("a", Outcome::pass), verdict("b", Outcome::pass)}).points, 100);
}

TEST(Score, TakesOffForLateDaysDownToTheFloor) {
  Rubric r = rubric();
  r.late = LatePolicy{10, 50};
  const std::vector<Verdict> all = {verdict("a", Outcome::pass), verdict("b", Outcome::pass)};
  EXPECT_EQ(graded(r, all, 0).points, 100);
  EXPECT_EQ(graded(r, all, 2).points, 80);
  EXPECT_EQ(graded(r, all, 30).points, 50);
}

TEST(Score, GivesNothingForWhatDoesNotBuild) {
  const DoesNotBuild failed{{Diagnostic{}}};
  const Grade grade =
      score(rubric(), failed, {verdict("a", Outcome::pass), verdict("b", Outcome::pass)}, {});
  EXPECT_EQ(grade.points, 0);
  EXPECT_FALSE(grade.built);
  EXPECT_EQ(grade.outcome, Outcome::fail);
  EXPECT_EQ(grade.diagnostics.size(), 1U);
}

TEST(Score, WithholdsWhenTheGraderCouldNotBuild) {
  const Grade grade = score(rubric(), BuildFailed{"disk full"}, {}, {});
  EXPECT_TRUE(grade.withheld);
  EXPECT_EQ(grade.outcome, Outcome::error);
  EXPECT_NE(grade.problem.find("disk full"), std::string::npos);
}

TEST(Score, SurvivesASharesThatIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Grade grade =
      graded(rubric(), {verdict("a", Outcome::fail, nan), verdict("b", Outcome::fail, 7)});
  EXPECT_EQ(grade.points, 60);
}

}  // namespace
}  // namespace grader
