#include "check/check.hpp"

#include <csignal>

#include "check/check_fixtures.hpp"

namespace grader {
namespace {

using namespace check_fixtures;

const CheckParameters kRunChecks[] = {TestCheck{},     RaceCheck{},     DeadlockCheck{},
                                      OrderingCheck{}, ExitCodeCheck{}, OutputCheck{}};

Observation unclosed(Termination termination) {
  Observation run = sanitizer_run();
  run.closed = false;
  run.termination = std::move(termination);
  return run;
}

TEST(EveryCheck, PassesAGoodRun) {
  for (const CheckParameters& check : kRunChecks) {
    const Verdict verdict = judged(criterion(check), {sanitizer_run()});
    EXPECT_EQ(verdict.outcome, Outcome::pass) << check_name(check);
    EXPECT_EQ(verdict.earned, 1);
    EXPECT_EQ(verdict.runs, 1U);
  }
}

TEST(EveryCheck, IsAnErrorWithoutRuns) {
  for (const CheckParameters& check : kRunChecks) {
    EXPECT_EQ(judged(criterion(check), {}).outcome, Outcome::error) << check_name(check);
    EXPECT_EQ(judged(criterion(check), {}, {}).outcome, Outcome::error) << check_name(check);
  }
}

TEST(EveryCheck, IsAnErrorWhenOneScenarioWasNotRun) {
  for (const CheckParameters& check : kRunChecks) {
    EXPECT_EQ(judged(criterion(check), {sanitizer_run()}, {"S.One", "S.Two"}).outcome,
              Outcome::error)
        << check_name(check);
  }
}

TEST(EveryCheck, FailsARunThatDidNotEndWellWhateverItsExitStatus) {
  const std::pair<Termination, FindingKind> ends[] = {
      {Exited{0}, FindingKind::tampering},      {Exited{3}, FindingKind::crash},
      {Signalled{SIGSEGV}, FindingKind::crash}, {Deadlocked{}, FindingKind::deadlock},
      {Livelocked{}, FindingKind::livelock},    {LimitExceeded{"wall"}, FindingKind::timeout}};
  for (const CheckParameters& check : kRunChecks) {
    for (const auto& [end, kind] : ends) {
      const Verdict verdict = judged(criterion(check), {sanitizer_run(), unclosed(end)});
      EXPECT_EQ(verdict.outcome, Outcome::fail) << check_name(check);
      EXPECT_EQ(verdict.earned, 0);
      ASSERT_EQ(verdict.findings.size(), 1U);
      EXPECT_EQ(verdict.findings[0].kind, kind);
    }
  }
}

TEST(EveryCheck, IsAnErrorWhenTheGraderCouldNotRunIt) {
  for (const CheckParameters& check : kRunChecks) {
    const Verdict verdict =
        judged(criterion(check), {sanitizer_run(), unclosed(SandboxFailed{"no memory"})});
    EXPECT_EQ(verdict.outcome, Outcome::error) << check_name(check);
    EXPECT_NE(verdict.summary.find("no memory"), std::string::npos);
  }
}

TEST(EveryCheck, FailsClosedOnWhatIsOutOfControl) {
  for (const CheckParameters& check : kRunChecks) {
    Observation run = sanitizer_run();
    run.findings = {finding(FindingKind::unsupported_call, "calls io_uring_setup")};
    const Verdict verdict = judged(criterion(check), {run});
    EXPECT_EQ(verdict.outcome, Outcome::inconclusive) << check_name(check);
    EXPECT_EQ(verdict.earned, 0);
    EXPECT_NE(verdict.summary.find("io_uring_setup"), std::string::npos);
    run.findings = {finding(FindingKind::uncontrolled)};
    EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::inconclusive);
    run.findings = {finding(FindingKind::tampering)};
    EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
  }
}

TEST(EveryCheck, LooksAtItsOwnScenariosAndModeAlone) {
  Criterion made = criterion(TestCheck{});
  made.scenarios = {"S.O*"};
  Observation other = unclosed(Exited{1});
  other.scenario = "S.Two";
  Observation controlled = unclosed(Exited{1});
  controlled.mode = ExploreMode::controlled;
  EXPECT_EQ(judged(made, {good_run(), other, controlled}, {"S.One", "S.Two"}).outcome,
            Outcome::pass);
  made.mode = ExploreMode::controlled;
  EXPECT_EQ(judged(made, {good_run(), other, controlled}, {"S.One", "S.Two"}).outcome,
            Outcome::fail);
}

TEST(EveryCheck, FailsOnASubmissionThatDoesNotBuild) {
  for (const CheckParameters& check : kRunChecks) {
    const BuildResult failed = DoesNotBuild{};
    EXPECT_EQ(grader::check(criterion(check), CheckInput{failed, {}}).outcome, Outcome::fail);
    const BuildResult broken = BuildFailed{"disk full"};
    EXPECT_EQ(grader::check(criterion(check), CheckInput{broken, {}}).outcome, Outcome::error);
  }
}

TEST(Credit, IsSharedByScenarioOrByRun) {
  Observation failed = good_run("S.Two");
  failed.passed = false;
  const std::vector<Observation> runs = {good_run("S.One"), good_run("S.Two"), good_run("S.Two"),
                                         failed};
  Criterion made = criterion(TestCheck{});
  EXPECT_EQ(judged(made, runs, {"S.One", "S.Two"}).earned, 0);
  made.credit = Credit::per_scenario;
  EXPECT_EQ(judged(made, runs, {"S.One", "S.Two"}).earned, 0.5);
  made.credit = Credit::per_schedule;
  EXPECT_EQ(judged(made, runs, {"S.One", "S.Two"}).earned, 0.75);
  EXPECT_EQ(judged(made, runs, {"S.One", "S.Two"}).outcome, Outcome::fail);
}

TEST(BuildVerdict, CountsWarnings) {
  Built built;
  built.warnings.push_back({Diagnostic::Severity::warning, {"a.cpp", 3, 1, ""}, "unused x"});
  const BuildResult build = built;
  EXPECT_EQ(check(criterion(BuildCheck{}), CheckInput{build, {}}).outcome, Outcome::pass);
  EXPECT_EQ(check(criterion(BuildCheck{1}), CheckInput{build, {}}).outcome, Outcome::pass);
  const Verdict verdict = check(criterion(BuildCheck{0}), CheckInput{build, {}});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.earned, 0);
  EXPECT_NE(verdict.summary.find("a.cpp:3: unused x"), std::string::npos);
}

TEST(BuildVerdict, ShowsTheCompilersFirstError) {
  const BuildResult failed =
      DoesNotBuild{{{Diagnostic::Severity::error, {"a.cpp", 12, 5, ""}, "expected ';'"}}};
  const Verdict verdict = check(criterion(BuildCheck{}), CheckInput{failed, {}});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.summary, "does not build: a.cpp:12: expected ';'");
}

TEST(TestVerdict, ShowsTheAssertionAtItsPlace) {
  TraceBuilder builder;
  builder.add(protocol::EventKind::test_assertion).text =
      "threads.cpp:31: Expected equality of these values:\n  1\n  2\none is not two";
  Observation run = good_run("S.One", builder.trace());
  run.passed = false;
  run.schedule = 17;
  run.replay = "r1:17";
  const Verdict verdict = judged(criterion(TestCheck{}), {good_run(), run});
  ASSERT_EQ(verdict.findings.size(), 1U);
  const Finding& found = verdict.findings[0];
  EXPECT_EQ(found.kind, FindingKind::assertion);
  EXPECT_EQ(found.schedule, 17U);
  EXPECT_EQ(found.replay, "r1:17");
  ASSERT_EQ(found.locations.size(), 1U);
  EXPECT_EQ(found.locations[0].file, "threads.cpp");
  EXPECT_EQ(found.locations[0].line, 31);
  EXPECT_NE(found.message.find("one is not two"), std::string::npos);
  EXPECT_NE(verdict.summary.find("(1 of 2 runs)"), std::string::npos);
}

TEST(TestVerdict, DoesNotTakeThreadSanitizersStatusForTheProgramsOwn) {
  Observation run = sanitizer_run();
  run.termination = Exited{66};
  EXPECT_EQ(judged(criterion(TestCheck{}), {run}).outcome, Outcome::pass);
  run.runtime = RuntimeKind::plain;
  EXPECT_EQ(judged(criterion(TestCheck{}), {run}).outcome, Outcome::fail);
}

TEST(TestVerdict, FailsWhenAChildCrashed) {
  Observation run = good_run();
  run.findings = {finding(FindingKind::crash)};
  EXPECT_EQ(judged(criterion(TestCheck{}), {run}).outcome, Outcome::fail);
}

TEST(TestVerdict, CallsLeavingWithStatusZeroTamperingWhateverTheRunnerSaid) {
  Observation run = unclosed(Exited{0});
  run.findings = {finding(FindingKind::crash)};
  const Verdict verdict = judged(criterion(TestCheck{}), {run});
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings[0].kind, FindingKind::tampering);
}

TEST(RaceVerdict, NeedsRunsUnderThreadSanitizer) {
  EXPECT_EQ(judged(criterion(RaceCheck{}), {good_run()}).outcome, Outcome::error);
  EXPECT_EQ(judged(criterion(RaceCheck{}), {good_run(), sanitizer_run()}).runs, 1U);
}

TEST(RaceVerdict, ShowsEachRaceOnce) {
  Finding race = finding(FindingKind::data_race, "two threads touch it, seen at 12 ms");
  race.locations = {{"a.cpp", 3, 0, ""}, {"a.cpp", 9, 0, ""}};
  Observation one = sanitizer_run();
  one.findings = {race};
  Observation two = sanitizer_run("S.Two");
  race.message = "two threads touch it, seen at 14 ms";
  two.findings = {race};
  race.locations[0].line = 4;
  two.findings.push_back(race);
  const Verdict verdict = judged(criterion(RaceCheck{}), {one, two}, {"S.One", "S.Two"});
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.findings.size(), 2U);
}

TEST(RaceVerdict, LeavesOtherFindingsToOtherChecks) {
  Observation run = sanitizer_run();
  run.findings = {finding(FindingKind::misuse), finding(FindingKind::leak)};
  EXPECT_EQ(judged(criterion(RaceCheck{}), {run}).outcome, Outcome::pass);
  EXPECT_EQ(judged(criterion(DeadlockCheck{}), {run}).outcome, Outcome::fail);
}

TEST(DeadlockVerdict, PrefersWhatTheRuntimeFoundToAGuess) {
  Observation run = unclosed(Deadlocked{});
  run.findings = {finding(FindingKind::lost_wakeup, "the notify came before the wait")};
  const Verdict verdict = judged(criterion(DeadlockCheck{}), {run});
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_EQ(verdict.findings[0].kind, FindingKind::lost_wakeup);
}

TEST(OutputVerdict, ComparesTheWholeOutput) {
  OutputCheck check;
  check.equals_any_of = {"<PYTHON >", "two\nlines"};
  Observation run = good_run();
  run.stdout_text = "<PYTHON >\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.stdout_text = "two\nlines\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.stdout_text = "two\nlines\n\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

TEST(OutputVerdict, ShowsTheFirstLineThatDiffers) {
  OutputCheck check;
  check.equals_any_of = {"one\ntwo\nthree"};
  Observation run = good_run();
  run.stdout_text = "one\ntoo\nthree\n";
  const Verdict verdict = judged(criterion(check), {run});
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_NE(verdict.findings[0].message.find("line 2 is \"too\", expected: \"two\""),
            std::string::npos);
}

TEST(OutputVerdict, LooksForLinesInOrder) {
  OutputCheck check;
  check.lines_in_order = {"^starting", "^starting", "all over$"};
  Observation run = good_run();
  run.stdout_text = "starting 1\nwaiting\nstarting 2\nis all over\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.stdout_text = "starting 1\nall over\nstarting 2\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

TEST(OutputVerdict, RefusesForbiddenLinesAndFailsHugeOutput) {
  OutputCheck check;
  check.never = {"(x+x+)+y"};
  Observation run = good_run();
  run.stdout_text = std::string(500, 'x') + "\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.stdout_text = std::string(1'000'000, 'x') + "\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
  run.stdout_text.clear();
  for (int i = 0; i < 100'000; ++i) run.stdout_text += "z\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
  run.stdout_text = "xxy\n";
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

}  // namespace
}  // namespace grader
