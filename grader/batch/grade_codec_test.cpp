#include "batch/grade_codec.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

Grade full_grade() {
  Finding finding{protocol::FindingKind::data_race,
                  "Suite.Name",
                  7,
                  "pct:3:17",
                  "two threads \xff touch Zoë's",
                  {{"a.cpp", 3, 4, "f"}},
                  {"first", "second"}};
  GradedCriterion criterion;
  criterion.id = "no-race";
  criterion.title = "No race";
  criterion.check = "race";
  criterion.hint = "lock it";
  criterion.verdict = {"no-race", Outcome::fail, 0.25, 12, "1 race", {finding}};
  criterion.points = 0.1;
  criterion.points_max = 20;
  criterion.bonus = true;
  criterion.visibility = Visibility::after_due;
  Grade grade;
  grade.exercise = "1-threads";
  grade.title = "Threads";
  grade.submission = "Zo\xeb, Ada \"A\"";
  grade.command = "grader check 1";
  grade.points = 33.33;
  grade.points_max = 100;
  grade.pass_mark = 60;
  grade.outcome = Outcome::fail;
  grade.built = true;
  grade.problem = "none\n";
  grade.diagnostics = {{Diagnostic::Severity::warning, {"b.cpp", 1, 2, ""}, "unused"}};
  grade.criteria = {criterion};
  grade.timing = {1, 2, 3, 4};
  return grade;
}

TEST(GradeCodec, KeepsEveryMember) {
  const Grade grade = full_grade();
  const Result<Grade> back = decode_grade(encode_grade(grade));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(encode_grade(*back), encode_grade(grade));
  EXPECT_EQ(back->submission, grade.submission) << "bytes that are no UTF-8 come back as they were";
  EXPECT_EQ(back->points, 33.33);
  EXPECT_EQ(back->pass_mark, 60);
  EXPECT_EQ(back->outcome, Outcome::fail);
  EXPECT_TRUE(back->built);
  ASSERT_EQ(back->criteria.size(), 1U);
  const GradedCriterion& criterion = back->criteria[0];
  EXPECT_EQ(criterion.visibility, Visibility::after_due);
  EXPECT_EQ(criterion.points, 0.1);
  EXPECT_EQ(criterion.verdict.findings, grade.criteria[0].verdict.findings);
  ASSERT_EQ(back->diagnostics.size(), 1U);
  EXPECT_EQ(back->diagnostics[0].severity, Diagnostic::Severity::warning);
  EXPECT_EQ(back->timing.cpu_ms, 4);
}

TEST(GradeCodec, RefusesWhatItDidNotWrite) {
  EXPECT_FALSE(decode_grade("").ok());
  EXPECT_FALSE(decode_grade("{}").ok());
  EXPECT_FALSE(decode_grade("[1,2").ok());
  const std::string text = encode_grade(full_grade());
  EXPECT_FALSE(decode_grade(text.substr(0, text.size() / 2)).ok());
}

}  // namespace
}  // namespace grader
