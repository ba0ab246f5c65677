#include "batch/gradebook.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

Rubric two_criteria() {
  Rubric rubric;
  rubric.exercise = "1-threads";
  for (const char* id : {"builds", "no-race"}) {
    Criterion criterion;
    criterion.id = id;
    criterion.points = 50;
    rubric.criteria.push_back(criterion);
  }
  return rubric;
}

GradebookRow row_of(const std::string& name, double points) {
  GradebookRow row;
  row.name = name;
  row.grade.built = true;
  row.grade.points = points;
  row.grade.points_max = 100;
  row.grade.outcome = points >= 60 ? Outcome::pass : Outcome::fail;
  for (const char* id : {"builds", "no-race"}) {
    GradedCriterion criterion;
    criterion.id = id;
    criterion.points = points / 2;
    criterion.verdict.outcome = points >= 100 ? Outcome::pass : Outcome::fail;
    row.grade.criteria.push_back(criterion);
  }
  return row;
}

TEST(Gradebook, CsvHasALineASubmissionAndAColumnACriterion) {
  EXPECT_EQ(gradebook_csv({row_of("Lovelace, Ada", 100), row_of("Bob", 33.5)}, two_criteria()),
            "submission,outcome,points,days_late,late_penalty,adjustment,final,points_max,builds,"
            "no-race,problem\n"
            "\"Lovelace, Ada\",pass,100,0,0,0,100,100,50,50,\n"
            "Bob,fail,33.5,0,0,0,33.5,100,16.75,16.75,\n");
}

TEST(Gradebook, AWithheldGradeHasNoPointsAtAll) {
  GradebookRow row = row_of("Ada", 0);
  row.grade.withheld = true;
  row.grade.problem = "no disk";
  EXPECT_EQ(final_score(row, std::nullopt), std::nullopt);
  const std::string csv = gradebook_csv({row}, two_criteria());
  EXPECT_NE(csv.find("Ada,withheld,,,,,,100,,,no disk\n"), std::string::npos) << csv;
}

TEST(Gradebook, WhatIsRefusedOrDoesNotBuildHasNoPoints) {
  GradebookRow row;
  row.name = "Eve";
  row.grade.outcome = Outcome::fail;
  row.grade.problem = "popen.cpp is missing";
  const std::string csv = gradebook_csv({row}, two_criteria());
  EXPECT_NE(csv.find("Eve,refused,0,0,0,0,0,100,0,0,popen.cpp is missing\n"), std::string::npos)
      << csv;
  row.grade.diagnostics = {{Diagnostic::Severity::error, {"popen.cpp", 1, 1, ""}, "expected ;"}};
  EXPECT_NE(gradebook_csv({row}, two_criteria()).find("Eve,does not build,0"), std::string::npos);
}

TEST(Gradebook, LatePenaltyTakesAShareADayDownToTheFloor) {
  const LatePolicy late{10, 50};
  GradebookRow row = row_of("Ada", 80);
  row.adjustments = {{"Ada", 0, 2, "bob", "", ""}};
  EXPECT_DOUBLE_EQ(final_score(row, late)->points, 64);
  EXPECT_DOUBLE_EQ(final_score(row, late)->late_penalty, 16);
  row.adjustments = {{"Ada", 0, 30, "bob", "", ""}};
  EXPECT_DOUBLE_EQ(final_score(row, late)->points, 40);
  EXPECT_DOUBLE_EQ(final_score(row, std::nullopt)->points, 80) << "the rubric has no late policy";
}

TEST(Gradebook, AdjustmentsAddUpBesideTheAutomaticScore) {
  GradebookRow row = row_of("Ada", 30);
  row.adjustments = {{"Ada", 5, 0, "bob", "", "kind"}, {"Ada", -40, 0, "bob", "", "copied"}};
  const std::optional<FinalScore> score = final_score(row, std::nullopt);
  EXPECT_DOUBLE_EQ(score->adjustment, -35);
  EXPECT_DOUBLE_EQ(score->points, 0) << "never below nothing";
  EXPECT_DOUBLE_EQ(row.grade.points, 30);
}

TEST(Gradebook, RowsAreSortedByBytes) {
  const auto rows = sorted_by_name({row_of("b", 1), row_of("B", 1), row_of("a", 1)});
  EXPECT_EQ(rows[0].name, "B");
  EXPECT_EQ(rows[1].name, "a");
  EXPECT_EQ(rows[2].name, "b");
}

TEST(Gradebook, SummaryCountsPassesAndNamesWhatWasFailedMost) {
  GradebookRow withheld = row_of("c", 0);
  withheld.grade.withheld = true;
  withheld.grade.criteria.clear();
  const std::string text = gradebook_summary(
      {row_of("a", 100), row_of("b\x1b", 40), withheld, row_of("d", 70)}, two_criteria());
  EXPECT_NE(text.find("4 submissions of 1-threads: 2 at or above the pass mark of 60; "
                      "mean 70, median 70 of 100 points"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("1 withheld"), std::string::npos) << text;
  EXPECT_NE(text.find("no-race: failed by 2 of 4"), std::string::npos) << text;
  EXPECT_NE(text.find("b\\x1b"), std::string::npos) << "a terminal is not to be moved by a name";
}

TEST(Gradebook, SummaryOfNothingHasNoMean) {
  EXPECT_EQ(gradebook_summary({}, two_criteria()),
            "\n0 submissions of 1-threads: 0 at or above the pass mark of 60\n");
}

}  // namespace
}  // namespace grader
