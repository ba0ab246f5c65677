#include <gtest/gtest.h>

#include "runtime/testing/controlled_program.hpp"

namespace grader {
namespace {

using protocol::FindingKind;
using testing::ControlledProgram;
using testing::ControlledRun;
using testing::random_walk;

std::string conformance(const std::string& name) {
  return std::string(GRADER_BINARY_DIR) + "/fixtures/conformance/" + name;
}

TEST(Timers, EndAProgramThatIsTooSlowInVirtualTime) {
  ControlledProgram program({"/usr/bin/timeout", "5", "sleep", "60"});
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ControlledRun run = program.run(random_walk(seed));
    ASSERT_TRUE(run.exited_with(124)) << run.describe();
    EXPECT_EQ(run.virtual_time_ns, 5'000'000'000) << seed;
  }
}

TEST(Timers, RingAtTheSameMomentsInEveryRunOfASchedule) {
  for (const char* name : {"timers", "timer_descriptors", "sleep"}) {
    ControlledProgram program({conformance(name)});
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const ControlledRun first = program.run(random_walk(seed));
      const ControlledRun second = program.run(random_walk(seed));
      EXPECT_EQ(first.trace_hash, second.trace_hash) << name << " " << seed;
      EXPECT_TRUE(first.findings.empty()) << name << " " << first.describe();
    }
  }
}

TEST(Timers, ThatCountCpuTimeAreNamedAndNeverRing) {
  ControlledProgram program({conformance("cpu_timers")});
  const ControlledRun run = program.run(random_walk(1));
  EXPECT_TRUE(run.exited_with(0)) << run.describe();
  EXPECT_EQ(run.findings.size(), 2U) << run.describe();
  EXPECT_TRUE(run.has(FindingKind::unsupported_call)) << run.describe();
}

}  // namespace
}  // namespace grader
