#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

#include "runtime/testing/controlled_program.hpp"
#include "runtime/testing/programs.hpp"

namespace grader {
namespace {

using protocol::EventKind;
using protocol::FindingKind;
using protocol::RunEnd;
using protocol::RunOptions;
using testing::ControlledProgram;
using testing::ControlledRun;
using testing::fixture_programs;
using testing::FixtureProgram;
using testing::random_walk;
using Sanitizer = ControlledProgram::Sanitizer;

std::string program(const std::string& name) {
  return std::string(GRADER_BINARY_DIR) + "/fixtures/programs/" + name;
}

std::string name_of(const ::testing::TestParamInfo<FixtureProgram>& info) {
  return info.param.name;
}

// The programs on processes are held to the same in the tests of the process families.
std::vector<FixtureProgram> thread_programs() {
  std::vector<FixtureProgram> programs = fixture_programs("programs");
  std::erase_if(programs, [](const FixtureProgram& p) { return p.has_processes; });
  return programs;
}

std::vector<FixtureProgram> correct_programs() {
  std::vector<FixtureProgram> programs = thread_programs();
  std::erase_if(programs, [](const FixtureProgram& p) { return p.expect != "none"; });
  return programs;
}

RunOptions options_for(const FixtureProgram& fixture, std::uint64_t seed) {
  RunOptions options = random_walk(seed);
  options.points = fixture.points;
  options.step_budget = 5'000;
  return options;
}

class EveryProgram : public ::testing::TestWithParam<FixtureProgram> {};

TEST_P(EveryProgram, RunsTheSameTwiceWhereverItIsPinnedAndWhoeverWatches) {
  ControlledProgram light({GetParam().path});
  ControlledProgram pinned({GetParam().path}, Sanitizer::light, 0);
  ControlledProgram real({GetParam().path}, Sanitizer::real);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const RunOptions options = options_for(GetParam(), seed);
    const ControlledRun first = light.run(options);
    for (ControlledProgram* other : {&light, &pinned, &real}) {
      const ControlledRun again = other->run(options);
      EXPECT_EQ(again.trace_hash, first.trace_hash) << seed << "\n" << again.describe();
      EXPECT_EQ(again.end, first.end) << seed << "\n" << again.describe();
      EXPECT_EQ(again.steps, first.steps) << seed;
      EXPECT_EQ(again.virtual_time_ns, first.virtual_time_ns) << seed;
    }
  }
}

TEST_P(EveryProgram, IsReplayedFromItsChoices) {
  ControlledProgram light({GetParam().path});
  const ControlledRun first = light.run(options_for(GetParam(), 7));
  RunOptions options = options_for(GetParam(), 99);
  options.strategy = protocol::StrategyKind::replay;
  const ControlledRun again = light.run(options, first.choices);
  EXPECT_EQ(again.trace_hash, first.trace_hash) << again.describe();
  EXPECT_EQ(again.end, first.end) << again.describe();
}

class EveryCorrectProgram : public ::testing::TestWithParam<FixtureProgram> {};

TEST_P(EveryCorrectProgram, IsFreeOfFindings) {
  ControlledProgram light({GetParam().path}, Sanitizer::light, 0);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    RunOptions options = options_for(GetParam(), seed);
    if (seed % 2 == 0) options.delay_max_ns = protocol::kDelayUnlimited;
    options.step_budget = 20'000;
    const ControlledRun run = light.run(options);
    ASSERT_TRUE(run.exited_with(0)) << seed << "\n" << run.describe();
    ASSERT_TRUE(run.findings.empty()) << seed << "\n" << run.describe();
    ASSERT_EQ(run.end, RunEnd::exited) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, EveryProgram, ::testing::ValuesIn(thread_programs()), name_of);

INSTANTIATE_TEST_SUITE_P(Fixtures, EveryCorrectProgram, ::testing::ValuesIn(correct_programs()),
                         name_of);

class EveryFunctionFamily : public ::testing::TestWithParam<FixtureProgram> {};

TEST_P(EveryFunctionFamily, KeepsToItsPosixPageUnderControl) {
  ControlledProgram light({GetParam().path}, Sanitizer::light, 0);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    RunOptions options = random_walk(seed);
    if (seed % 2 == 0) options.points = GetParam().points;
    const ControlledRun run = light.run(options);
    ASSERT_TRUE(run.exited_with(0)) << seed << "\n" << run.describe();
  }
}

TEST_P(EveryFunctionFamily, KeepsToItsPosixPageNatively) {
  const std::string path = std::string(GRADER_BINARY_DIR) + "/fixtures/native/" + GetParam().name;
  EXPECT_EQ(std::system(path.c_str()), 0) << path;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, EveryFunctionFamily,
                         ::testing::ValuesIn(fixture_programs("conformance")), name_of);

// The first of `seeds` schedules that has a finding of `kind`; the last when none has.
ControlledRun first_with(FindingKind kind, const std::string& name, int seeds) {
  ControlledProgram light({program(name)}, Sanitizer::light, 0);
  ControlledRun run;
  for (int seed = 1; seed <= seeds; ++seed) {
    run = light.run(random_walk(static_cast<std::uint64_t>(seed)));
    if (run.has(kind)) break;
  }
  return run;
}

TEST(Deadlock, IsToldWithTheWholeCycle) {
  const ControlledRun run = first_with(FindingKind::deadlock, "deadlocks_on_abba", 200);
  ASSERT_EQ(run.findings.size(), 1U) << run.describe();
  EXPECT_EQ(run.end, RunEnd::deadlocked);
  const std::string& sentence = run.findings[0].sentence;
  EXPECT_NE(sentence.find("waits for mutex"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("which thread"), std::string::npos) << sentence;
  EXPECT_EQ(run.findings[0].locations, 4U) << sentence;
}

TEST(Deadlock, IsALostWakeupWhenTheNotifyCameTooEarly) {
  const ControlledRun run =
      first_with(FindingKind::lost_wakeup, "loses_a_notify_before_the_wait", 200);
  ASSERT_EQ(run.findings.size(), 1U) << run.describe();
  EXPECT_NE(run.findings[0].sentence.find("when nobody waited"), std::string::npos);
}

TEST(Race, OfUnorderedAccessesIsSeenBeneathTheController) {
  ControlledProgram real({program("counts_without_a_lock")}, Sanitizer::real);
  int reports = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    reports += real.run(random_walk(seed)).exited_with(66) ? 1 : 0;
  }
  EXPECT_GT(reports, 0);
}

TEST(StepBudget, EndsALivelockAndNamesWhoPolls) {
  ControlledProgram light({program("politely_yields_for_ever")}, Sanitizer::light, 0);
  RunOptions options = random_walk(1);
  options.strategy = protocol::StrategyKind::round_robin;
  options.step_budget = 2'000;
  int livelocks = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    options.seed = seed;
    const ControlledRun run = light.run(options);
    if (run.end == RunEnd::livelocked && run.has(FindingKind::livelock)) ++livelocks;
  }
  EXPECT_GT(livelocks, 0);
}

TEST(VirtualTime, LetsAPunctualSleepOrderWhatDelaysExpose) {
  ControlledProgram light({program("trusts_that_a_sleep_is_long_enough")}, Sanitizer::light, 0);
  int punctual = 0;
  int adversarial = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RunOptions options = random_walk(seed);
    options.delay_max_ns = 0;
    punctual += light.run(options).exited_with(0) ? 0 : 1;
    options.delay_max_ns = protocol::kDelayUnlimited;
    adversarial += light.run(options).exited_with(0) ? 0 : 1;
  }
  EXPECT_EQ(punctual, 0);
  EXPECT_GT(adversarial, 0);
}

TEST(ForkServer, StopsARunThatUsesUpItsCpuTimeBetweenTwoSchedulingPoints) {
  ControlledProgram shell({"/bin/sh", "-c", "while :; do :; done"});
  RunOptions options = random_walk(1);
  options.cpu_timeout_ms = 100;
  const ControlledRun run = shell.run(options);
  EXPECT_EQ(run.reply.stopped, protocol::RunStop::cpu);
  EXPECT_GE(run.reply.user_us + run.reply.system_us, 90'000);
  EXPECT_EQ(run.end, RunEnd::unknown);
}

TEST(ForkServer, GivesUpARunThatTheMachineNeverLetsRunWithoutCallingItALoop) {
  ControlledProgram shell({"/bin/sh", "-c", "while :; do :; done"});
  RunOptions options = random_walk(1);
  options.cpu_timeout_ms = 300'000;
  const ControlledRun run = shell.run(options, {}, 50);
  EXPECT_EQ(run.reply.stopped, protocol::RunStop::starved);
}

TEST(ForkServer, RunsEachScheduleInAProcessOfItsOwn) {
  ControlledProgram light({program("lets_an_exception_leave_a_thread")}, Sanitizer::light, 0);
  const ControlledRun first = light.run(random_walk(1));
  const ControlledRun second = light.run(random_walk(1));
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_EQ(first.reply.wait_status, second.reply.wait_status);
}

}  // namespace
}  // namespace grader
