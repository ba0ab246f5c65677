#include "explore/quiet_core.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

constexpr const char* kBefore =
    "cpu  30 0 30 300 0\ncpu0 10 0 10 100 0\ncpu1 10 0 10 100 0\ncpu2 10 0 10 100 0\nintr 1 2\n";
constexpr const char* kAfter =
    "cpu  36 0 30 307 0\ncpu0 15 0 10 100 0\ncpu1 11 0 10 103 0\ncpu2 10 0 10 104 0\nintr 1 3\n";

cpu_set_t cores(std::initializer_list<int> numbers) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int number : numbers) CPU_SET(number, &set);
  return set;
}

TEST(QuietCore, IsTheOneThatWasIdleForLongest) {
  EXPECT_EQ(quietest_between(kBefore, kAfter, cores({0, 1, 2})), 2);
}

TEST(QuietCore, IsOneThatTheGraderMayUse) {
  EXPECT_EQ(quietest_between(kBefore, kAfter, cores({0, 1})), 1);
  EXPECT_EQ(quietest_between(kBefore, kAfter, cores({0})), 0);
}

TEST(QuietCore, IsNoneWhereTheKernelTellsNothing) {
  EXPECT_EQ(quietest_between("", "", cores({0, 1})), std::nullopt);
}

TEST(QuietCore, IsGivenBackAfterwards) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int core = 0;
  while (!CPU_ISSET(core, &before)) ++core;
  {
    const OnOneCore pinned(core);
    cpu_set_t inside;
    ASSERT_EQ(sched_getaffinity(0, sizeof inside, &inside), 0);
    EXPECT_EQ(CPU_COUNT(&inside), 1);
  }
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

}  // namespace
}  // namespace grader
