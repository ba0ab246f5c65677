#include <gtest/gtest.h>

#include "check/check_fixtures.hpp"

namespace grader {
namespace {

using namespace check_fixtures;

Observation run_taking(std::int64_t time_ns) {
  TraceBuilder builder;
  builder.mark("start").mark("end");
  Trace trace = builder.trace();
  trace[1].time_ns = trace[0].time_ns + time_ns;
  Observation run = good_run("S.One", trace);
  run.mode = ExploreMode::controlled;
  return run;
}

Criterion makespan() {
  SpeedCheck check;
  check.from = event("start");
  check.to = event("end");
  check.makespan_max_ns = 3'000'000'000;
  Criterion made = criterion(check);
  made.mode = ExploreMode::controlled;
  return made;
}

TEST(SpeedVerdict, TakesTheBestRunOfAScenario) {
  EXPECT_EQ(judged(makespan(), {run_taking(4'000'000'000), run_taking(3'000'000'000)}).outcome,
            Outcome::pass);
  const Verdict verdict =
      judged(makespan(), {run_taking(4'000'000'000), run_taking(6'000'000'000)});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_NE(verdict.summary.find("takes 4 s at best"), std::string::npos);
}

TEST(SpeedVerdict, FailsWithoutTheEventsToMeasure) {
  Observation run = good_run();
  run.mode = ExploreMode::controlled;
  EXPECT_EQ(judged(makespan(), {run}).outcome, Outcome::fail);
}

TEST(SpeedVerdict, DoesNotJudgeAMakespanByTheMachinesTime) {
  Criterion made = makespan();
  made.mode = ExploreMode::native;
  Observation run = run_taking(1);
  run.mode = ExploreMode::native;
  EXPECT_EQ(judged(made, {run}).outcome, Outcome::inconclusive);
}

Verdict benchmarked(const std::vector<BenchmarkMeasurement>& measured) {
  SpeedCheck check;
  check.form = SpeedCheck::Form::benchmark;
  check.ratio_max = 1.25;
  const BuildResult build = Built{};
  return grader::check(criterion(check), CheckInput{build, {}, ExploreMode::native, measured});
}

TEST(SpeedVerdict, JudgesARatioByItsWholeInterval) {
  EXPECT_EQ(benchmarked({{"S.One", 1.1, 1.0, 1.2, ""}}).outcome, Outcome::pass);
  EXPECT_EQ(benchmarked({{"S.One", 1.4, 1.3, 1.5, ""}}).outcome, Outcome::fail);
  EXPECT_EQ(benchmarked({{"S.One", 1.2, 1.1, 1.3, ""}}).outcome, Outcome::inconclusive);
}

TEST(SpeedVerdict, IsAnErrorWithoutAMeasurement) {
  EXPECT_EQ(benchmarked({}).outcome, Outcome::error);
  EXPECT_EQ(benchmarked({{"S.One", 0, 0, 0, "the reference did not run"}}).outcome, Outcome::error);
  EXPECT_EQ(benchmarked({{"S.One", 1, 2, 1, ""}}).outcome, Outcome::error);
}

TEST(SpeedVerdict, FailsABenchmarkThatDoesNotGetToItsEnd) {
  const Verdict verdict = benchmarked({{"S.One", 0, 0, 0, "", "the program was killed"}});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.earned, 0);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings[0].kind, FindingKind::crash);
}

TEST(SpeedVerdict, WithholdsWhatCannotBeCompared) {
  const Verdict verdict = benchmarked({{"S.One", 0, 0, 0, "", "", "there is no reference here"}});
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict.earned, 0);
  EXPECT_EQ(verdict.summary, "S.One: there is no reference here");
  EXPECT_TRUE(verdict.findings.empty());
}

TEST(SpeedVerdict, SaysTheSameForEveryMeasurementOnOneSideOfTheBound) {
  EXPECT_EQ(benchmarked({{"S.One", 1.1, 1.0, 1.2, ""}}).summary,
            benchmarked({{"S.One", 0.9, 0.8, 1.0, ""}}).summary);
  EXPECT_EQ(benchmarked({{"S.One", 1.4, 1.3, 1.5, ""}}).findings[0].message,
            benchmarked({{"S.One", 9, 8, 10, ""}}).findings[0].message);
}

}  // namespace
}  // namespace grader
