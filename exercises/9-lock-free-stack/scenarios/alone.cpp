// What a stack does for one thread alone, and what two threads at its two ends may expect.
#include <optional>
#include <stdexcept>
#include <thread>

#include "harness/scenario.hpp"
#include "stack.hpp"

TEST(Alone, GivesBackTheLastValueFirst) {
  Stack stack(3);
  EXPECT_TRUE(stack.empty());
  EXPECT_EQ(stack.pop(), std::nullopt);
  EXPECT_TRUE(stack.push(1));
  EXPECT_TRUE(stack.push(2));
  EXPECT_FALSE(stack.empty());
  EXPECT_EQ(stack.pop(), 2);
  EXPECT_TRUE(stack.push(0));
  EXPECT_TRUE(stack.push(-7));
  EXPECT_EQ(stack.pop(), -7);
  EXPECT_EQ(stack.pop(), 0);
  EXPECT_EQ(stack.pop(), 1);
  EXPECT_EQ(stack.pop(), std::nullopt);
  EXPECT_TRUE(stack.empty());
}

TEST(Alone, HasRoomForItsCapacityAgainAndAgain) {
  Stack stack(2);
  for (int round = 0; round < 4; ++round) {
    EXPECT_TRUE(stack.push(round));
    EXPECT_TRUE(stack.push(round + 10));
    EXPECT_FALSE(stack.push(99)) << "there is room for two values only";
    EXPECT_EQ(stack.pop(), round + 10);
    EXPECT_EQ(stack.pop(), round);
    EXPECT_EQ(stack.pop(), std::nullopt);
  }
}

TEST(Alone, RefusesACapacityOutOfBounds) {
  EXPECT_THROW(Stack(0), std::invalid_argument);
  EXPECT_THROW(Stack(60001), std::invalid_argument);
  Stack(1);
}

TEST(Liveness, AFullAndAnEmptyStackAnswerAtOnce) {
  Stack stack(2);
  EXPECT_TRUE(stack.push(0));
  const auto fill_and_drain = [&stack] {
    stack.push(1);
    stack.push(2);
    stack.pop();
    stack.pop();
  };
  std::thread one(fill_and_drain);
  std::thread other(fill_and_drain);
  one.join();
  other.join();
}
