#include "model/verdict.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

TEST(Outcome, MergesToTheWorseOfTwo) {
  EXPECT_EQ(merge(Outcome::pass, Outcome::inconclusive), Outcome::inconclusive);
  EXPECT_EQ(merge(Outcome::fail, Outcome::inconclusive), Outcome::fail);
  EXPECT_EQ(merge(Outcome::error, Outcome::fail), Outcome::error);
}

TEST(Outcome, SkippedGivesWayToAnything) {
  for (Outcome other : {Outcome::pass, Outcome::inconclusive, Outcome::fail, Outcome::error}) {
    EXPECT_EQ(merge(Outcome::skipped, other), other);
    EXPECT_EQ(merge(other, Outcome::skipped), other);
  }
  EXPECT_EQ(merge(Outcome::skipped, Outcome::skipped), Outcome::skipped);
}

}  // namespace
}  // namespace grader
