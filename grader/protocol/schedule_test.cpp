#include "protocol/schedule.hpp"

#include <gtest/gtest.h>

namespace grader::protocol {
namespace {

Schedule parsed(const std::string& word) {
  auto result = parse_schedule(word);
  EXPECT_TRUE(std::holds_alternative<Schedule>(result)) << std::get<std::string>(result);
  return std::get<Schedule>(result);
}

TEST(Schedule, IsOneWordThatNeedsNoQuotes) {
  Schedule schedule;
  schedule.target = {{"source", "my file's $HOME;rm *.cpp"}, {"argument", ""}, {"argument", "ü:="}};
  schedule.picks = {{3, 1}, {17, 0}};
  const std::string word = to_text(schedule);
  for (const char c : word) {
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                std::string("_./+,@-%:=").find(c) != std::string::npos)
        << word;
  }
  EXPECT_EQ(parsed(word), schedule);
}

TEST(Schedule, SurvivesItsPrintableForm) {
  Schedule schedule;
  schedule.strategy = StrategyKind::pct;
  schedule.seed = 0xFFFF'FFFF'FFFF'FFFFULL;
  schedule.depth = 5;
  schedule.expected_steps = 77;
  schedule.points = Points::accesses;
  schedule.delay_max_ns = kDelayUnlimited;
  schedule.step_budget = 100;
  schedule.alive_max = 7;
  schedule.spurious_wakeups = false;
  schedule.thread_sanitizer = true;
  EXPECT_EQ(parsed(to_text(schedule)), schedule);
  schedule.delay_max_ns = 0;
  EXPECT_EQ(parsed(to_text(schedule)), schedule);
}

TEST(Schedule, OfThreadsThatGoRoundAndRoundIsAShortWord) {
  Schedule schedule;
  schedule.picks = {{1, 1}};
  for (std::uint64_t round = 0; round < 4'000; ++round) {
    schedule.picks.push_back({7 + 5 * round, 0});
    schedule.picks.push_back({9 + 5 * round, 2});
  }
  schedule.picks.push_back({30'000, 1});
  EXPECT_EQ(to_text(schedule), "g1:picks=1.1,7.0,9.2,r2.5.3999,30000.1");
  EXPECT_EQ(parsed(to_text(schedule)), schedule);
}

TEST(Schedule, KeepsEveryPickWhetherItRepeatsOrNot) {
  std::uint64_t state = 1;
  for (int round = 0; round < 200; ++round) {
    Schedule schedule;
    std::uint64_t question = 0;
    for (int i = 0; i < 100; ++i) {
      state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
      question += 1 + (state >> 33U) % 2;
      schedule.picks.push_back({question, static_cast<std::uint32_t>((state >> 40U) % 2)});
    }
    EXPECT_EQ(parsed(to_text(schedule)), schedule);
  }
}

TEST(Schedule, IsReadAsItWasPrintedBeforeThereWereRepetitions) {
  const Schedule schedule = parsed("g1:picks=1.1,3.1,5.1,7.1");
  const std::vector<Schedule::Pick> picks = {{1, 1}, {3, 1}, {5, 1}, {7, 1}};
  EXPECT_EQ(schedule.picks, picks);
  EXPECT_EQ(to_text(schedule), "g1:picks=1.1,r1.2.3");
}

TEST(Schedule, LeavesOutWhatIsAsUsual) { EXPECT_EQ(to_text(Schedule{}), "g1"); }

TEST(Schedule, RefusesWordsThatMakeNoSense) {
  for (const char* word : {"",
                           "g2:seed=1",
                           "g1:seed",
                           "g1:seed=x",
                           "g1:seed=",
                           "g1:=1",
                           "g1:picks=3",
                           "g1:picks=3.1,2.1",
                           "g1:picks=r1.1.1",
                           "g1:picks=3.1,r2.1.1",
                           "g1:picks=3.1,r1.0.1",
                           "g1:picks=3.1,5.1,r2.1.1",
                           "g1:picks=3.1,r1.1.99999999999",
                           "g1:picks=3.1,r1.1",
                           "g1:picks=99999999999.1",
                           "g1:points=some",
                           "g1:strategy=guess",
                           "g1:delay=-1",
                           "g1:source=%4",
                           "g1:source=%zz",
                           "g1:race=2",
                           "g1::"}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_schedule(word))) << word;
  }
}

TEST(Schedule, GivesTheRuntimeAChoiceForEachQuestionUpToTheLastPick) {
  const std::vector<Choice> choices = expand_picks({{1, 4}, {3, 0}});
  ASSERT_EQ(choices.size(), 4U);
  EXPECT_EQ(choices[0].candidate, kDefaultChoice);
  EXPECT_EQ(choices[1].candidate, 4U);
  EXPECT_EQ(choices[2].candidate, kDefaultChoice);
  EXPECT_EQ(choices[3].candidate, 0U);
}

TEST(Schedule, KnowsEachStrategyByName) {
  for (const char* name : {"random_walk", "pct", "pos", "surw", "round_robin", "dfs", "replay"}) {
    StrategyKind kind = StrategyKind::native;
    EXPECT_TRUE(parse_strategy(name, kind));
    EXPECT_STREQ(to_text(kind), name);
  }
  StrategyKind kind = StrategyKind::native;
  EXPECT_FALSE(parse_strategy("portfolio", kind));
}

}  // namespace
}  // namespace grader::protocol
