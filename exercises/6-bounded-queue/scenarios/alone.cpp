// What a bounded queue does for one thread alone, closed and not.
#include <optional>
#include <stdexcept>

#include "harness/scenario.hpp"
#include "queue.hpp"

using namespace std::chrono_literals;

TEST(Alone, GivesBackTheFirstValueFirst) {
  BoundedQueue queue(3);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
  EXPECT_TRUE(queue.try_push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_TRUE(queue.try_push(-3));
  EXPECT_TRUE(queue.try_push(0));
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.try_pop(), -3);
  EXPECT_EQ(queue.try_pop(), 0);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(Alone, HasRoomForItsCapacityAgainAndAgain) {
  BoundedQueue queue(2);
  for (int round = 0; round < 4; ++round) {
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_TRUE(queue.try_push(round));
    EXPECT_EQ(queue.size(), 1U);
    EXPECT_TRUE(queue.try_push(round + 10));
    EXPECT_EQ(queue.size(), 2U);
    EXPECT_FALSE(queue.try_push(99)) << "there is room for two values only";
    EXPECT_EQ(queue.try_pop(), round);
    EXPECT_EQ(queue.try_pop(), round + 10);
    EXPECT_EQ(queue.try_pop(), std::nullopt);
  }
}

TEST(Alone, KeepsItsValuesToItself) {
  EXPECT_THROW(BoundedQueue(0), std::invalid_argument);
  BoundedQueue one(1);
  BoundedQueue other(1);
  EXPECT_TRUE(one.try_push(1));
  EXPECT_TRUE(other.try_push(2)) << "another queue has room of its own";
  EXPECT_EQ(other.try_pop(), 2);
  EXPECT_EQ(one.try_pop(), 1);
}

TEST(Blocking, TheFormsThatWaitAndThoseThatTryServeOneQueue) {
  BoundedQueue queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.try_push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(3));
  EXPECT_FALSE(queue.try_push(4));
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.pop(), 3);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(Timed, ServesTheSameQueueAsTheOtherForms) {
  BoundedQueue queue(2);
  EXPECT_TRUE(queue.push_for(1, 1h));
  EXPECT_TRUE(queue.push(2));
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_TRUE(queue.try_push(3));
  EXPECT_EQ(queue.pop_for(1h), 2);
  EXPECT_EQ(queue.pop(), 3);
}

TEST(Timed, DoesNotWaitWhenThereIsNoTimeToWait) {
  BoundedQueue queue(1);
  EXPECT_EQ(queue.pop_for(0ms), std::nullopt);
  EXPECT_EQ(queue.pop_for(-1h), std::nullopt);
  EXPECT_TRUE(queue.push_for(1, 0ms)) << "there was room";
  EXPECT_FALSE(queue.push_for(2, 0ms));
  EXPECT_FALSE(queue.push_for(3, -1h));
  EXPECT_EQ(queue.pop_for(-1h), 1) << "there was a value";
  EXPECT_EQ(queue.size(), 0U);
}

TEST(Closed, IsTheQueueThatWasAndNoOther) {
  BoundedQueue one(1);
  const BoundedQueue other(1);
  one.close();
  EXPECT_TRUE(one.is_closed());
  EXPECT_FALSE(other.is_closed());
}

TEST(Closed, LetsNothingInAndTheRestOut) {
  BoundedQueue queue(3);
  EXPECT_FALSE(queue.is_closed());
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  EXPECT_FALSE(queue.push(3));
  EXPECT_FALSE(queue.try_push(4));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.try_pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.try_pop(), std::nullopt);
}

TEST(Timed, WaitsForNothingOnceTheQueueIsClosed) {
  BoundedQueue queue(2);
  EXPECT_TRUE(queue.push(1));
  queue.close();
  EXPECT_FALSE(queue.push_for(2, 1h));
  EXPECT_EQ(queue.pop_for(1h), 1);
  EXPECT_EQ(queue.pop_for(1h), std::nullopt);
}
