#include <gtest/gtest.h>

#include <csignal>

#include "check/check_fixtures.hpp"

namespace grader {
namespace {

using namespace check_fixtures;

constexpr int exited_with(int code) { return code << 8; }

Verdict judged_on(const ExitCodeCheck& check, const TraceBuilder& builder) {
  return judged(criterion(check), {good_run("S.One", builder.trace())});
}

TEST(ExitCodeVerdict, ComparesCodesAndSignalsByName) {
  ExitCodeCheck check;
  check.processes = {{"sh", 3, 0}, {"sleep", 0, SIGTERM}};
  TraceBuilder builder;
  builder.child(2, "sh").child(3, "sleep").reaped(2, exited_with(3)).reaped(3, SIGTERM);
  EXPECT_EQ(judged_on(check, builder).outcome, Outcome::pass);
  builder.child(4, "sh").reaped(4, exited_with(0));
  const Verdict verdict = judged_on(check, builder);
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_NE(verdict.summary.find("process `sh` exited with 0; expected: exited with 3"),
            std::string::npos);
}

TEST(ExitCodeVerdict, PrefersTheNameThatTheScenarioGave) {
  ExitCodeCheck check;
  check.processes = {{"worker", 7, 0}};
  TraceBuilder builder;
  builder.child(2, "sh");
  TraceEvent& name = builder.add(protocol::EventKind::mark);
  name.name = "process.name";
  name.text = "worker";
  name.value = 2;
  builder.reaped(2, exited_with(7));
  EXPECT_EQ(judged_on(check, builder).outcome, Outcome::pass);
}

TEST(ExitCodeVerdict, KnowsAShellByItsNameWhenItExecutesItsCommandInItsPlace) {
  ExitCodeCheck check;
  check.processes = {{"sh", 0, SIGTERM}};
  TraceBuilder builder;
  builder.child(2, "sh");
  builder.add(protocol::EventKind::process_exec, 2, 2).name = "sleep";
  builder.reaped(2, SIGTERM);
  EXPECT_EQ(judged_on(check, builder).outcome, Outcome::pass);
}

TEST(ExitCodeVerdict, FailsWhenANamedProcessNeverStartsOrNeverEnds) {
  ExitCodeCheck check;
  check.processes = {{"sh", 0, 0}};
  const Verdict nobody = judged_on(check, TraceBuilder());
  EXPECT_EQ(nobody.outcome, Outcome::fail);
  EXPECT_NE(nobody.summary.find("in none of the scenarios"), std::string::npos) << nobody.summary;
  TraceBuilder builder;
  builder.child(2, "sh");
  const Verdict verdict = judged_on(check, builder);
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_NE(verdict.summary.find("was not seen to end"), std::string::npos);
}

TEST(ExitCodeVerdict, AsksForANameInTheScenariosWhereItTurnsUp) {
  ExitCodeCheck check;
  check.processes = {{"sh", 0, 0}};
  TraceBuilder with;
  with.child(2, "sh").reaped(2, exited_with(0));
  const Observation one = good_run("S.One", with.trace());
  EXPECT_EQ(judged(criterion(check), {one, good_run("S.Two")}, {"S.One", "S.Two"}).outcome,
            Outcome::pass);
  const Verdict once = judged(criterion(check), {one, good_run("S.One")});
  EXPECT_EQ(once.outcome, Outcome::fail);
  EXPECT_NE(once.summary.find("was started in this run"), std::string::npos) << once.summary;
}

TEST(ExitCodeVerdict, CountsZombiesAndOrphans) {
  ExitCodeCheck check;
  check.zombies_max = 0;
  Observation run = good_run();
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.zombies = 1;
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
  check.zombies_max = 1;
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  check.orphans_max = 0;
  run.orphans = 2;
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

TEST(ExitCodeVerdict, CountsZombiesThatOnlyTheTraceShows) {
  ExitCodeCheck check;
  check.zombies_max = 0;
  TraceBuilder builder;
  builder.child(2, "sh");
  TraceEvent& left = builder.add(protocol::EventKind::process_exit);
  left.object = 2;
  left.flags = protocol::kUnreaped;
  EXPECT_EQ(judged_on(check, builder).outcome, Outcome::fail);
}

TEST(ExitCodeVerdict, ComparesTheProgramsOwnStatus) {
  ExitCodeCheck check;
  check.program_exit_code = 0;
  Observation run = good_run();
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::pass);
  run.termination = Exited{1};
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

TEST(ExitCodeVerdict, CountsChildrenAliveAtOnce) {
  ExitCodeCheck check;
  check.alive_max = 1;
  TraceBuilder turns;
  turns.child(2, "sh").reaped(2, 0).child(3, "sh").reaped(3, 0);
  EXPECT_EQ(judged_on(check, turns).outcome, Outcome::pass);
  TraceBuilder at_once;
  at_once.child(2, "sh").child(3, "sh").reaped(2, 0).reaped(3, 0);
  EXPECT_EQ(judged_on(check, at_once).outcome, Outcome::fail);
}

TEST(ExitCodeVerdict, WantsTermBeforeKill) {
  ExitCodeCheck check;
  check.terminated_before_killed = true;
  TraceBuilder polite;
  polite.child(2, "sh").signal(2, SIGTERM).signal(2, SIGKILL);
  EXPECT_EQ(judged_on(check, polite).outcome, Outcome::pass);
  TraceBuilder rude;
  rude.child(2, "sh").child(3, "sleep").signal(3, SIGTERM).signal(2, SIGKILL);
  const Verdict verdict = judged_on(check, rude);
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_NE(verdict.summary.find("process `sh`"), std::string::npos);
}

TEST(ExitCodeVerdict, TakesAProcessGroupForItsLeader) {
  ExitCodeCheck check;
  check.terminated_before_killed = true;
  TraceBuilder builder;
  builder.child(2, "sh").signal(2, SIGTERM).signal(2, SIGKILL);
  Trace trace = builder.trace();
  trace.back().object = static_cast<std::uint64_t>(-2);
  EXPECT_EQ(judged(criterion(check), {good_run("S.One", trace)}).outcome, Outcome::pass);
}

TEST(ExitCodeVerdict, WantsReapingBeforeReporting) {
  ExitCodeCheck check;
  check.reaped_before_reported = true;
  TraceBuilder good;
  good.child(2, "sh").reaped(2, 0).mark("process.reported", {{"process", "sh"}});
  EXPECT_EQ(judged_on(check, good).outcome, Outcome::pass);
  TraceBuilder early;
  early.child(2, "sh").mark("process.reported", {{"process", "sh"}}).reaped(2, 0);
  EXPECT_EQ(judged_on(check, early).outcome, Outcome::fail);
  TraceBuilder unnamed;
  unnamed.child(2, "sh").mark("process.reported").reaped(2, 0);
  EXPECT_EQ(judged_on(check, unnamed).outcome, Outcome::fail);
}

TEST(ExitCodeVerdict, CountsLeaksThatAreNoProcesses) {
  ExitCodeCheck check;
  check.zombies_max = 0;
  Observation run = good_run();
  run.findings = {finding(FindingKind::leak, "descriptor 7 was never closed")};
  EXPECT_EQ(judged(criterion(check), {run}).outcome, Outcome::fail);
}

}  // namespace
}  // namespace grader
