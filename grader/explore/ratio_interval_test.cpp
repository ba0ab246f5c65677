#include "explore/ratio_interval.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace grader {
namespace {

std::vector<double> one_to(std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 1; i <= count; ++i) values.push_back(static_cast<double>(i));
  return values;
}

TEST(RatioInterval, NeedsEnoughPairsForItsConfidence) {
  EXPECT_FALSE(median_interval(one_to(kPairsMin - 1)).has_value());
  EXPECT_TRUE(median_interval(one_to(kPairsMin)).has_value());
}

// The ranks are those of the tables of the sign test, at 99 %.
TEST(RatioInterval, TakesTheRanksOfTheSignTest) {
  struct Case {
    std::size_t count;
    double low;
    double high;
  };
  for (const Case& expected :
       {Case{8, 1, 8}, Case{11, 1, 11}, Case{12, 2, 11}, Case{16, 3, 14}, Case{32, 9, 24}}) {
    const std::optional<RatioInterval> found = median_interval(one_to(expected.count));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->low, expected.low) << expected.count;
    EXPECT_EQ(found->high, expected.high) << expected.count;
  }
}

TEST(RatioInterval, GivesTheMedianWhateverTheOrder) {
  EXPECT_EQ(median_interval({9, 1, 8, 2, 7, 3, 6, 4, 5})->median, 5);
  EXPECT_EQ(median_interval({8, 1, 7, 2, 6, 3, 5, 4})->median, 4.5);
}

TEST(RatioInterval, IsNotMovedByAFewDisturbedPairs) {
  std::vector<double> values(16, 1.0);
  values[3] = 50;
  values[9] = 0.01;
  const std::optional<RatioInterval> found = median_interval(values);
  EXPECT_EQ(found->low, 1);
  EXPECT_EQ(found->high, 1);
}

TEST(RatioInterval, HoldsTheMedianAsOftenAsItSays) {
  std::mt19937 random(1);  // the same numbers everywhere
  int held = 0;
  constexpr int kDraws = 2000;
  for (int draw = 0; draw < kDraws; ++draw) {
    std::vector<double> values;
    // Skewed, with median one half: the square of a number drawn evenly below the root of two.
    for (int i = 0; i < 16; ++i) {
      const double even = static_cast<double>(random()) / 4294967296.0;
      values.push_back(2 * even * even);
    }
    const RatioInterval found = *median_interval(values);
    if (found.low <= 0.5 && 0.5 <= found.high) ++held;
  }
  EXPECT_GE(held, kDraws * 0.985);
  EXPECT_LT(held, kDraws);  // an interval that always holds it would be too wide to be of use
}

TEST(RatioInterval, IsUndecidedOnlyAcrossTheBound) {
  EXPECT_FALSE(is_undecided({2, 1, 3}, 3));
  EXPECT_FALSE(is_undecided({5, 4, 6}, 3));
  EXPECT_TRUE(is_undecided({3, 2, 4}, 3));
  EXPECT_TRUE(is_undecided({3.5, 3, 4}, 3));
}

}  // namespace
}  // namespace grader
