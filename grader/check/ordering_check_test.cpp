#include <gtest/gtest.h>

#include "check/check_fixtures.hpp"

namespace grader {
namespace {

using namespace check_fixtures;

Pattern overlap() {
  Pattern made;
  made.kind = PatternKind::overlap;
  made.from = event("a");
  made.to = event("b");
  made.count_min = 2;
  return made;
}

Pattern precedence() {
  Pattern made;
  made.kind = PatternKind::precedence;
  made.first = event("a");
  made.then = event("b");
  made.line = 12;
  return made;
}

Observation run_of(const std::string& letters, const std::string& scenario = "S.One") {
  TraceBuilder builder;
  std::uint32_t thread = 1;
  for (const char letter : letters) builder.mark(std::string(1, letter), {}, thread++);
  return good_run(scenario, builder.trace());
}

TEST(OrderingVerdict, AsksAlwaysOfEveryRun) {
  OrderingCheck check;
  check.always = {precedence()};
  EXPECT_EQ(judged(criterion(check), {run_of("ab"), run_of("aab")}).outcome, Outcome::pass);
  const Verdict verdict = judged(criterion(check), {run_of("ab"), run_of("ba")});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings[0].kind, FindingKind::ordering);
  ASSERT_EQ(verdict.findings[0].details.size(), 1U);
  EXPECT_EQ(verdict.findings[0].details[0], "0.000000 s  main thread  b");
}

TEST(OrderingVerdict, AsksSometimesOfOneRunOfEachScenario) {
  OrderingCheck check;
  check.sometimes = {overlap()};
  EXPECT_EQ(judged(criterion(check), {run_of("abab"), run_of("aabb")}).outcome, Outcome::pass);
  EXPECT_EQ(judged(criterion(check), {run_of("abab"), run_of("ab")}).outcome, Outcome::fail);
  const Verdict verdict =
      judged(criterion(check), {run_of("aabb"), run_of("abab", "S.Two")}, {"S.One", "S.Two"});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings[0].scenario, "S.Two");
}

TEST(OrderingVerdict, FailsWhenWhatAlwaysSpeaksOfNeverHappened) {
  OrderingCheck check;
  check.always = {precedence()};
  const Verdict verdict = judged(criterion(check), {run_of(""), run_of("a")});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_NE(verdict.findings[0].message.find("precedence on line 12"), std::string::npos);
  EXPECT_EQ(judged(criterion(check), {run_of(""), run_of("ab")}).outcome, Outcome::pass);
}

TEST(OrderingVerdict, LetsAbsenceBeOfWhatNeverHappens) {
  OrderingCheck check;
  Pattern absence;
  absence.kind = PatternKind::absence;
  absence.event = event("lost");
  check.always = {absence};
  EXPECT_EQ(judged(criterion(check), {run_of("ab")}).outcome, Outcome::pass);
}

TEST(OrderingVerdict, CountsOnlyRunsThatEndedWellForSometimes) {
  OrderingCheck check;
  check.sometimes = {overlap()};
  Observation crashed = run_of("aabb");
  crashed.closed = false;
  crashed.termination = Signalled{11};
  const Verdict verdict = judged(criterion(check), {crashed, run_of("abab")});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.findings.size(), 2U);
}

}  // namespace
}  // namespace grader
