#include "batch/rescore.hpp"

#include <gtest/gtest.h>

#include "batch/grade_codec.hpp"
#include "score/score.hpp"

namespace grader {
namespace {

Rubric rubric_of(double builds, double race) {
  Rubric rubric;
  rubric.exercise = "1-threads";
  rubric.points = builds + race;
  rubric.pass = 60;
  Criterion first;
  first.id = "builds";
  first.points = builds;
  first.check = BuildCheck{};
  Criterion second;
  second.id = "no-race";
  second.points = race;
  second.check = RaceCheck{};
  second.requires_ = {"builds"};
  rubric.criteria = {first, second};
  return rubric;
}

Verdict verdict_of(const std::string& id, Outcome outcome) {
  Verdict verdict;
  verdict.criterion = id;
  verdict.outcome = outcome;
  verdict.earned = outcome == Outcome::pass ? 1 : 0;
  return verdict;
}

TEST(Rescore, ByTheSameRubricChangesNothing) {
  const Rubric rubric = rubric_of(40, 60);
  const std::vector<BuildResult> builds = {
      Built{{}, {}, {}, {{Diagnostic::Severity::warning, {"a.cpp", 1, 1, ""}, "unused"}}},
      DoesNotBuild{{{Diagnostic::Severity::error, {"a.cpp", 1, 1, ""}, "expected ;"}}},
      SubmissionRefused{"a.cpp is missing", {}}};
  for (const BuildResult& build : builds) {
    const Grade grade =
        score(rubric, build,
              {verdict_of("builds", Outcome::fail), verdict_of("no-race", Outcome::pass)}, {});
    EXPECT_EQ(encode_grade(rescore(grade, rubric)), encode_grade(grade));
  }
}

TEST(Rescore, ByOtherPointsGivesTheOtherGrade) {
  const std::vector<Verdict> verdicts{verdict_of("builds", Outcome::pass),
                                      verdict_of("no-race", Outcome::fail)};
  const Grade before = score(rubric_of(40, 60), Built{}, verdicts, {});
  const Grade after = rescore(before, rubric_of(70, 30));
  EXPECT_EQ(before.points, 40);
  EXPECT_EQ(before.outcome, Outcome::fail);
  EXPECT_EQ(after.points, 70);
  EXPECT_EQ(after.outcome, Outcome::pass);
  EXPECT_EQ(encode_grade(after), encode_grade(score(rubric_of(70, 30), Built{}, verdicts, {})));
}

}  // namespace
}  // namespace grader
