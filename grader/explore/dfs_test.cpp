#include "explore/dfs.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "protocol/dependence.hpp"
#include "runtime/strategy/simulation/simulated_program.hpp"

namespace grader {
namespace {

using runtime::Instruction;
using runtime::SimulatedProgram;
using runtime::SimulatedRun;
using Op = Instruction::Op;
using Reduction = DfsSearch::Reduction;

struct Explored {
  std::uint64_t completed = 0;
  std::uint64_t redundant = 0;
  std::set<std::string> states;
  std::set<std::string> orders;  ///< one canonical form for each set of equivalent schedules
  bool finished = false;
};

// The same for two schedules exactly if each orders dependent operations like the other: the
// lexicographically least of the equivalent schedules, built by taking the lowest thread among the
// steps that depend on none before them.
std::string canonical_order(const SimulatedRun& run) {
  std::vector<protocol::Candidate> steps;
  for (const protocol::Decision& d : run.decisions) {
    if (!d.final()) steps.push_back(d.taken());
  }
  std::string text;
  std::vector<bool> used(steps.size(), false);
  for (std::size_t n = 0; n < steps.size(); ++n) {
    std::size_t best = steps.size();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (used[i]) continue;
      bool is_minimal = true;
      for (std::size_t k = 0; k < i && is_minimal; ++k) {
        is_minimal = used[k] || !protocol::dependent(steps[k], steps[i]);
      }
      if (is_minimal && (best == steps.size() || steps[i].thread < steps[best].thread)) best = i;
    }
    used[best] = true;
    text += std::to_string(steps[best].thread) + "." +
            std::to_string(static_cast<int>(steps[best].kind)) + " ";
  }
  return text;
}

Explored explore(const SimulatedProgram& program, Reduction reduction,
                 std::uint64_t runs_max = 200'000) {
  DfsSearch search(reduction);
  Explored result;
  for (std::uint64_t i = 0; i < runs_max; ++i) {
    const std::optional<DfsRun> next = search.next();
    if (!next) {
      result.finished = true;
      break;
    }
    protocol::RunOptions options;
    options.strategy = protocol::StrategyKind::dfs;
    const SimulatedRun run =
        simulate(program, runtime::StrategyInput{options, next->choices, {}, next->sleeping, {}});
    if (!search.learn({run.decisions, false})) break;
    if (run.end == SimulatedRun::End::abandoned) continue;
    result.states.insert(run.final_state);
    result.orders.insert(canonical_order(run));
  }
  result.completed = search.completed();
  result.redundant = search.redundant();
  return result;
}

std::uint64_t count_schedules(const SimulatedProgram& program) {
  const Explored all = explore(program, Reduction::partial_order);
  EXPECT_TRUE(all.finished);
  return all.completed;
}

const Instruction kLoad{Op::load, 1};
const Instruction kStore{Op::store, 1, 0, 1};

TEST(DfsSearch, NeedsOneScheduleWhereNothingIsShared) {
  // C(6,3) = 20 interleavings of two threads with three steps, all equivalent.
  const SimulatedProgram program{{{3, {Op::add, 1, 0, 1}}, {3, {Op::add, 2, 0, 1}}}};
  EXPECT_EQ(count_schedules(program), 1U);
  EXPECT_EQ(explore(program, Reduction::none).completed, 20U);
}

TEST(DfsSearch, TriesEveryOrderOfWriters) {
  // Each order of n stores to one variable is a class of its own: 3! and 4!.
  EXPECT_EQ(count_schedules({{{kStore}, {kStore}, {kStore}}}), 6U);
  EXPECT_EQ(count_schedules({{{kStore}, {kStore}, {kStore}, {kStore}}}), 24U);
}

TEST(DfsSearch, DoesNotOrderReadersAmongThemselves) {
  // Each of two readers comes before or after the writer: 2 * 2 of the 3! interleavings.
  EXPECT_EQ(count_schedules({{{kStore}, {kLoad}, {kLoad}}}), 4U);
}

TEST(DfsSearch, FindsTheFourClassesOfALostUpdate) {
  // C(4,2) = 6 interleavings of load and store twice; the two in which both loads come first and
  // the order of the stores is given differ only in the order of the loads: 6 - 2 = 4.
  const std::vector<Instruction> adder = {kLoad, {Op::store_register, 1, 0, 1}};
  EXPECT_EQ(count_schedules({{adder, adder}}), 4U);
  EXPECT_EQ(explore({{adder, adder}}, Reduction::none).completed, 6U);
}

TEST(DfsSearch, OrdersCriticalSectionsNotTheirInsides) {
  // Three threads pass through one lock: 3! orders, whatever they do inside.
  const std::vector<Instruction> section = {
      {Op::lock, 1}, {Op::add, 1, 0, 1}, {Op::add, 1, 0, 1}, {Op::unlock, 1}};
  EXPECT_EQ(count_schedules({{section, section}}), 2U);
  EXPECT_EQ(count_schedules({{section, section, section}}), 6U);
}

TEST(DfsSearch, ReachesTheDeadlockOfTwoLocksTakenCrosswise) {
  // Who is first at a and who at b: t1 t1, t2 t2, and t1 t2 which is the deadlock. In the fourth
  // (t2 first at a, t1 first at b) each would have come before the other.
  const std::vector<Instruction> ab = {
      {Op::lock, 1}, {Op::lock, 2}, {Op::unlock, 2}, {Op::unlock, 1}};
  const std::vector<Instruction> ba = {
      {Op::lock, 2}, {Op::lock, 1}, {Op::unlock, 1}, {Op::unlock, 2}};
  const Explored all = explore({{ab, ba}}, Reduction::partial_order);
  EXPECT_TRUE(all.finished);
  EXPECT_EQ(all.completed, 3U);
}

TEST(DfsSearch, ExploresALostWakeUp) {
  // The notify comes before the wait (then it is lost) or after it: two schedules, one deadlock.
  const SimulatedProgram program{{{{Op::lock, 1}, {Op::wait, 1, 1}, {Op::unlock, 1}},
                                  {{Op::lock, 1}, {Op::notify_one, 1}, {Op::unlock, 1}}}};
  const Explored all = explore(program, Reduction::partial_order);
  EXPECT_TRUE(all.finished);
  EXPECT_EQ(all.completed, 2U);
  EXPECT_EQ(all.states.size(), 2U);
}

TEST(DfsSearch, EndsOnAThreadThatSpinsWithYields) {
  const std::vector<Instruction> spinner = {
      {Op::load, 1}, {Op::jump_if, 0, 4, 1}, {Op::yield}, {Op::jump_unless, 0, 0, -1}};
  const Explored all =
      explore({{spinner, {{Op::add, 2, 0, 1}, {Op::store, 1, 0, 1}}}}, Reduction::partial_order);
  EXPECT_TRUE(all.finished);
  EXPECT_GE(all.completed, 2U);
}

TEST(DfsSearch, NoticesARunThatDoesNotFollowItsChoices) {
  DfsSearch search(Reduction::partial_order);
  const SimulatedProgram program{{{kStore}, {kStore}}};
  protocol::RunOptions options;
  options.strategy = protocol::StrategyKind::dfs;
  const auto perform = [&](const SimulatedProgram& p, const DfsRun& run) {
    return simulate(p, runtime::StrategyInput{options, run.choices, {}, run.sleeping, {}});
  };
  std::optional<DfsRun> next = search.next();
  ASSERT_TRUE(next.has_value());
  EXPECT_TRUE(search.learn({perform(program, *next).decisions, false}));
  next = search.next();
  ASSERT_TRUE(next.has_value());
  const SimulatedProgram another{{{kStore}, {{Op::store, 2, 0, 1}}, {kStore}}};
  EXPECT_FALSE(search.learn({perform(another, *next).decisions, false}));
}

// One random thread over few objects, so that they meet often.
std::vector<Instruction> random_thread(std::mt19937_64& random, std::uint32_t joinable) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<Instruction> code;
  const std::uint32_t length = 1 + below(3);
  for (std::uint32_t i = 0; i < length; ++i) {
    const std::uint32_t variable = below(2);
    const std::uint32_t mutex = below(2);
    switch (below(joinable > 0 ? 12 : 11)) {
      case 0:
        code.push_back({Op::load, variable});
        break;
      case 1:
        code.push_back({Op::store, variable, 0, 1 + static_cast<int>(below(2))});
        break;
      case 2:
        code.push_back({Op::add, variable, 0, 1});
        break;
      case 3:
        code.push_back({Op::load, variable});
        code.push_back({Op::store_register, variable, 0, 1});
        break;
      case 4:
        code.push_back({Op::lock, mutex});
        code.push_back({Op::load, variable});
        code.push_back({Op::unlock, mutex});
        break;
      case 5:
        code.push_back({Op::lock, mutex});
        code.push_back({Op::lock, 1 - mutex});
        code.push_back({Op::unlock, 1 - mutex});
        code.push_back({Op::unlock, mutex});
        break;
      case 6:
        code.push_back({Op::post, 0});
        break;
      case 7:
        code.push_back({Op::acquire, 0});
        break;
      case 8:
        code.push_back({Op::lock, mutex});
        code.push_back({Op::wait, 0, mutex});
        code.push_back({Op::unlock, mutex});
        break;
      case 9:
        code.push_back({below(2) == 0 ? Op::notify_one : Op::notify_all, 0});
        break;
      case 10:
        if (below(4) == 0)
          code.push_back({Op::finish});
        else
          code.push_back({Op::try_lock, mutex});
        break;
      default:
        code.push_back({Op::join, joinable});
        break;
    }
  }
  return code;
}

SimulatedProgram random_program(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  SimulatedProgram program;
  const std::uint32_t threads = 2 + static_cast<std::uint32_t>(random() % 2);
  for (std::uint32_t t = 0; t < threads; ++t) {
    program.threads.push_back(random_thread(random, t == 0 ? threads - 1 : 0));
  }
  if (random() % 3 == 0) {
    program.threads[0].insert(program.threads[0].begin(), {Op::spawn, threads - 1});
  }
  program.try_failures = random() % 4 == 0;
  return program;
}

TEST(DfsSearch, LosesNoFinalStateOfGeneratedPrograms) {
  int compared = 0;
  std::uint64_t plain = 0;
  std::uint64_t reduced = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const SimulatedProgram program = random_program(seed);
    const Explored all = explore(program, Reduction::none, 6'000);
    if (!all.finished) continue;
    ++compared;
    const Explored few = explore(program, Reduction::partial_order);
    ASSERT_TRUE(few.finished) << "program " << seed;
    EXPECT_EQ(few.states, all.states) << "program " << seed;
    EXPECT_EQ(few.orders, all.orders) << "program " << seed;
    EXPECT_EQ(few.completed, few.orders.size()) << "program " << seed;
    plain += all.completed;
    reduced += few.completed + few.redundant;
  }
  EXPECT_GT(compared, 200);
  EXPECT_LT(reduced * 5, plain);
}

TEST(DfsSearch, LosesNoFinalStateWhereTheClockIsAChoiceToo) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SimulatedProgram program = random_program(seed);
    program.delay_max_ns = seed % 2 == 0 ? 0 : 1'000;
    program.threads[0].insert(program.threads[0].begin() + 1, {Op::sleep, 0, 0, 10});
    for (Instruction& i : program.threads[1]) {
      if (i.op == Op::wait) i = {Op::timed_wait, i.a, i.b, 20};
    }
    const Explored all = explore(program, Reduction::none, 4'000);
    if (!all.finished) continue;
    ++compared;
    const Explored few = explore(program, Reduction::partial_order);
    ASSERT_TRUE(few.finished) << "program " << seed;
    EXPECT_EQ(few.states, all.states) << "program " << seed;
  }
  EXPECT_GT(compared, 100);
}

}  // namespace
}  // namespace grader
