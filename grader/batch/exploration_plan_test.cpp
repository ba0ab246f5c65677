#include "batch/exploration_plan.hpp"

#include <gmock/gmock.h>

namespace grader {
namespace {

Criterion criterion(CheckParameters check, std::vector<std::string> scenarios) {
  Criterion result;
  result.id = "c";
  result.check = std::move(check);
  result.scenarios = std::move(scenarios);
  return result;
}

Rubric native_rubric(std::vector<Criterion> criteria) {
  Rubric rubric;
  rubric.explore.native_runs = 7;
  rubric.explore.race_runs = 3;
  rubric.explore.schedules = 100;
  rubric.criteria = std::move(criteria);
  return rubric;
}

TEST(ExplorationPlan, RunsAScenarioThatSeveralCriteriaUseOnce) {
  const Rubric rubric =
      native_rubric({criterion(TestCheck{}, {"A.*"}), criterion(OrderingCheck{}, {})});
  const auto plans = plan_runs(rubric, {"A.x"}, {});
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].schedules, 7U);
  EXPECT_EQ(plans[0].runtime, RuntimeKind::plain);
}

TEST(ExplorationPlan, AddsThreadSanitizerRunsWhereARaceCriterionLooks) {
  const Rubric rubric =
      native_rubric({criterion(TestCheck{}, {}), criterion(RaceCheck{}, {"A.y"})});
  const auto plans = plan_runs(rubric, {"A.x", "A.y"}, {});
  ASSERT_EQ(plans.size(), 3U);
  EXPECT_EQ(plans[2].scenario, "A.y");
  EXPECT_EQ(plans[2].runtime, RuntimeKind::thread_sanitizer);
  EXPECT_EQ(plans[2].schedules, 3U);
}

TEST(ExplorationPlan, LeavesOutAScenarioThatNoCriterionUses) {
  const Rubric rubric =
      native_rubric({criterion(BuildCheck{}, {}), criterion(TestCheck{}, {"A.x"})});
  EXPECT_EQ(plan_runs(rubric, {"A.x", "B.y"}, {}).size(), 1U);
}

TEST(ExplorationPlan, RunsBothModesWhenACriterionAsksForTheOther) {
  Rubric rubric = native_rubric({criterion(TestCheck{}, {}), criterion(TestCheck{}, {})});
  rubric.explore.mode = ExploreMode::controlled;
  rubric.criteria[1].mode = ExploreMode::native;
  const auto plans = plan_runs(rubric, {"A.x"}, {});
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[0].mode, ExploreMode::controlled);
  EXPECT_EQ(plans[0].schedules, 100U);
  EXPECT_EQ(plans[1].mode, ExploreMode::native);
}

TEST(ExplorationPlan, SearchesPlainlyBeforeItLooksForControlledRaces) {
  Rubric rubric = native_rubric({criterion(RaceCheck{}, {})});
  rubric.explore.mode = ExploreMode::controlled;
  const auto plans = plan_runs(rubric, {"A.x"}, {});
  ASSERT_EQ(plans.size(), 2U);
  EXPECT_EQ(plans[0].runtime, RuntimeKind::plain);
  EXPECT_EQ(plans[1].runtime, RuntimeKind::thread_sanitizer);
}

TEST(ExplorationPlan, LetsTheCommandLineOverrideSeedAndSchedules) {
  GradeOptions options;
  options.schedules = 42;
  options.seed = 9;
  const auto plans = plan_runs(native_rubric({criterion(TestCheck{}, {})}), {"A.x"}, options);
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].schedules, 42U);
  EXPECT_EQ(plans[0].settings.seed, 9U);
}

TEST(ExplorationPlan, KeepsOfTheRunsOnlyWhatACriterionReads) {
  const Rubric rubric =
      native_rubric({criterion(TestCheck{}, {}), criterion(OrderingCheck{}, {"A.order"}),
                     criterion(OutputCheck{}, {"A.output"})});
  const auto plans = plan_runs(rubric, {"A.test", "A.order", "A.output"}, {});
  ASSERT_EQ(plans.size(), 3U);
  EXPECT_FALSE(plans[0].trace_is_checked);
  EXPECT_FALSE(plans[0].output_is_checked);
  EXPECT_TRUE(plans[1].trace_is_checked);
  EXPECT_FALSE(plans[1].output_is_checked);
  EXPECT_FALSE(plans[2].trace_is_checked);
  EXPECT_TRUE(plans[2].output_is_checked);
}

}  // namespace
}  // namespace grader
