#include "explore/minimise.hpp"

#include <gtest/gtest.h>

#include "runtime/strategy/simulation/simulated_program.hpp"

namespace grader {
namespace {

using runtime::Instruction;
using runtime::SimulatedProgram;
using runtime::SimulatedRun;
using Op = Instruction::Op;
using Log = std::vector<protocol::Decision>;
using End = SimulatedRun::End;

SimulatedRun run_random(const SimulatedProgram& program, std::uint64_t seed) {
  protocol::RunOptions options;
  options.strategy = protocol::StrategyKind::random_walk;
  options.seed = seed;
  return simulate(program, runtime::StrategyInput{options, {}, {}, {}, {}});
}

SimulatedRun run_failing(const SimulatedProgram& program, End end) {
  for (std::uint64_t seed = 1; seed < 100'000; ++seed) {
    SimulatedRun run = run_random(program, seed);
    if (run.end == end) return run;
  }
  ADD_FAILURE() << "no schedule fails";
  return {};
}

MinimisedSchedule minimised(const SimulatedProgram& program, const SimulatedRun& failing) {
  const TrySchedule try_schedule =
      [&](const std::vector<protocol::ScheduleBlock>& blocks) -> std::optional<Log> {
    protocol::RunOptions options;
    options.strategy = protocol::StrategyKind::blocks;
    SimulatedRun run = simulate(program, runtime::StrategyInput{options, {}, {}, {}, blocks});
    if (run.end != failing.end) return std::nullopt;
    return std::move(run.decisions);
  };
  return minimise(failing.decisions, try_schedule, 2'000);
}

// Threads with much to do beside the point, in which one pair can lose an update.
SimulatedProgram busy_lost_update() {
  std::vector<Instruction> adder(12, {Op::load, 7});
  adder.push_back({Op::load, 1});
  adder.push_back({Op::store_register, 1, 0, 1});
  adder.insert(adder.end(), 12, {Op::load, 7});
  const std::vector<Instruction> idle(20, {Op::load, 8});
  const std::vector<Instruction> checker = {
      {Op::join, 0}, {Op::join, 1}, {Op::load, 1}, {Op::fail_if, 0, 0, 1}};
  return {{adder, adder, checker, idle}};
}

TEST(Minimise, LeavesOnePreemptionOfALostUpdate) {
  const SimulatedProgram program = busy_lost_update();
  const SimulatedRun failing = run_failing(program, End::failed);
  ASSERT_GT(schedule_cost(failing.decisions).preemptions, 5U);
  const MinimisedSchedule result = minimised(program, failing);
  EXPECT_EQ(result.cost.preemptions, 1U);
  EXPECT_EQ(result.cost.environment, 0U);
}

TEST(Minimise, LeavesOnePreemptionOfACrosswiseDeadlock) {
  std::vector<Instruction> ab(10, {Op::load, 7});
  std::vector<Instruction> ba = ab;
  ab.insert(ab.end(), {{Op::lock, 1}, {Op::lock, 2}, {Op::unlock, 2}, {Op::unlock, 1}});
  ba.insert(ba.end(), {{Op::lock, 2}, {Op::lock, 1}, {Op::unlock, 1}, {Op::unlock, 2}});
  const SimulatedProgram program{{ab, ba, ab}};
  const MinimisedSchedule result = minimised(program, run_failing(program, End::deadlocked));
  EXPECT_EQ(result.cost.preemptions, 1U);
}

TEST(Minimise, KeepsAFailureThatNeedsNoPreemptionFreeOfThem) {
  // Whoever begins: the second thread first is enough.
  std::vector<Instruction> setter(5, {Op::load, 7});
  setter.push_back({Op::store, 1, 0, 1});
  const SimulatedProgram program{{setter, {{Op::load, 1}, {Op::fail_if, 0, 0, 0}}}};
  const MinimisedSchedule result = minimised(program, run_failing(program, End::failed));
  EXPECT_EQ(result.cost.preemptions, 0U);
}

TEST(ToPicks, ReplayTheRunTheyComeFrom) {
  const SimulatedProgram program = busy_lost_update();
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const SimulatedRun run = run_random(program, seed);
    protocol::RunOptions options;
    options.strategy = protocol::StrategyKind::replay;
    const std::vector<protocol::Choice> choices = protocol::expand_picks(to_picks(run.decisions));
    const SimulatedRun again =
        simulate(program, runtime::StrategyInput{options, choices, {}, {}, {}});
    EXPECT_EQ(again.final_state, run.final_state);
    ASSERT_EQ(again.choices.size(), run.choices.size());
    for (std::size_t i = 0; i < run.choices.size(); ++i) {
      ASSERT_EQ(again.choices[i].candidate, run.choices[i].candidate);
    }
  }
}

TEST(ToPicks, AreNoneForTheScheduleThatNobodyAskedFor) {
  protocol::RunOptions options;
  options.strategy = protocol::StrategyKind::replay;
  const SimulatedRun run =
      simulate(busy_lost_update(), runtime::StrategyInput{options, {}, {}, {}, {}});
  EXPECT_TRUE(to_picks(run.decisions).empty());
  EXPECT_EQ(schedule_cost(run.decisions).preemptions, 0U);
}

}  // namespace
}  // namespace grader
