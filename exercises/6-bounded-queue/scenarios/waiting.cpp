// Who waits for what, and for how long.
#include <atomic>
#include <optional>
#include <set>
#include <thread>

#include "harness/scenario.hpp"
#include "queue.hpp"
#include "stopwatch.hpp"

using namespace std::chrono_literals;

namespace {

using Values = std::multiset<int>;

/// What no call takes that need not wait, however late its thread gets to run.
constexpr auto kSoon = 1min;

}  // namespace

TEST(Blocking, PopWaitsForAValue) {
  BoundedQueue queue(2);
  std::thread consumer([&queue] {
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), 2);
  });
  for (int value = 1; value <= 2; ++value) {
    std::this_thread::sleep_for(3s);
    EXPECT_TRUE(queue.push(value));
  }
  consumer.join();
}

TEST(Blocking, PushWaitsForRoom) {
  BoundedQueue queue(1);
  std::atomic<bool> popping = false;
  std::thread producer([&] {
    EXPECT_TRUE(queue.push(1));
    EXPECT_TRUE(queue.push(2));
    EXPECT_TRUE(popping) << "there was no room for the second value yet";
  });
  std::this_thread::sleep_for(1s);
  popping = true;
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  producer.join();
}

TEST(Blocking, TwoConsumersShareTwoValues) {
  BoundedQueue queue(2);
  std::optional<int> first;
  std::optional<int> second;
  std::thread one([&] { first = queue.pop(); });
  std::thread other([&] { second = queue.pop(); });
  EXPECT_TRUE(queue.push(1));
  std::this_thread::sleep_for(3s);
  EXPECT_TRUE(queue.push(2));
  one.join();
  other.join();
  EXPECT_EQ((Values{first.value_or(-1), second.value_or(-1)}), (Values{1, 2}));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(Blocking, TwoProducersShareOnePlace) {
  BoundedQueue queue(1);
  EXPECT_TRUE(queue.push(1));
  std::thread one([&queue] { EXPECT_TRUE(queue.push(2)); });
  std::thread other([&queue] { EXPECT_TRUE(queue.push(3)); });
  Values values;
  for (int i = 0; i < 3; ++i) {
    values.insert(queue.pop().value_or(-1));
    std::this_thread::sleep_for(3s);
    EXPECT_LE(queue.size(), 1U) << "there is room for one value only";
  }
  one.join();
  other.join();
  EXPECT_EQ(values, (Values{1, 2, 3}));
}

TEST(Timed, GivesUpWhenTheTimeIsUp) {
  BoundedQueue queue(1);
  const Stopwatch popping;
  EXPECT_EQ(queue.pop_for(10s), std::nullopt);
  EXPECT_GE(popping.elapsed(), 10s);
  EXPECT_TRUE(queue.push(1));
  const Stopwatch pushing;
  EXPECT_FALSE(queue.push_for(2, 10s));
  EXPECT_GE(pushing.elapsed(), 10s);
  EXPECT_EQ(queue.try_pop(), 1);
  EXPECT_EQ(queue.try_pop(), std::nullopt) << "the push that gave up left its value behind";
}

TEST(Timed, PopTakesAValueThatComesInTime) {
  BoundedQueue queue(1);
  std::thread consumer([&queue] {
    const Stopwatch waiting;
    EXPECT_EQ(queue.pop_for(1h), 7);
    EXPECT_LT(waiting.elapsed(), kSoon);
  });
  std::this_thread::sleep_for(1s);
  const Stopwatch pushing;
  EXPECT_TRUE(queue.push(7));
  EXPECT_LT(pushing.elapsed(), kSoon) << "a thread that waits must not hold others up";
  consumer.join();
}

TEST(Timed, PushPutsItsValueInWhenRoomComesInTime) {
  BoundedQueue queue(1);
  EXPECT_TRUE(queue.push(1));
  std::thread producer([&queue] {
    const Stopwatch waiting;
    EXPECT_TRUE(queue.push_for(2, 1h));
    EXPECT_LT(waiting.elapsed(), kSoon);
  });
  std::this_thread::sleep_for(1s);
  const Stopwatch popping;
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_LT(popping.elapsed(), kSoon) << "a thread that waits must not hold others up";
  EXPECT_EQ(queue.pop_for(1h), 2);
  producer.join();
}

TEST(Timed, PopCountsItsTimeFromTheCall) {
  BoundedQueue queue(1);
  std::thread consumer([&queue] {
    const Stopwatch waiting;
    queue.pop_for(4s);
    EXPECT_LT(waiting.elapsed(), 9s) << "each wake-up has begun the time anew";
  });
  for (int i = 0; i < 8; ++i) {
    std::this_thread::sleep_for(3s);
    queue.try_push(i);
    queue.try_pop();
  }
  consumer.join();
}

TEST(Timed, PushCountsItsTimeFromTheCall) {
  BoundedQueue queue(1);
  EXPECT_TRUE(queue.push(1));
  std::thread producer([&queue] {
    const Stopwatch waiting;
    queue.push_for(2, 4s);
    EXPECT_LT(waiting.elapsed(), 9s) << "each wake-up has begun the time anew";
  });
  for (int i = 0; i < 8; ++i) {
    std::this_thread::sleep_for(3s);
    queue.try_pop();
    queue.try_push(i);
  }
  producer.join();
}

TEST(Timed, WhoGivesUpTakesNothingAlong) {
  BoundedQueue queue(1);
  Values values;
  for (int i = 1; i <= 2; ++i) {
    std::optional<int> popped;
    std::thread consumer([&] { popped = queue.pop_for(2s); });
    std::this_thread::sleep_for(2s);
    EXPECT_TRUE(queue.push(i));
    consumer.join();
    if (!popped) popped = queue.try_pop();
    values.insert(popped.value_or(-1));
  }
  EXPECT_EQ(values, (Values{1, 2}));
}

TEST(Timed, LosesNoValueAndInventsNone) {
  BoundedQueue queue(2);
  Values popped[2];
  const auto push_two = [&queue](int first) {
    EXPECT_TRUE(queue.push_for(first, 1h));
    EXPECT_TRUE(queue.push_for(first + 1, 1h));
  };
  const auto pop_two = [&queue](Values& values) {
    values.insert(queue.pop_for(1h).value_or(-1));
    EXPECT_LE(queue.size(), 2U);
    values.insert(queue.pop_for(1h).value_or(-1));
  };
  std::thread consumer([&] { pop_two(popped[0]); });
  std::thread other_consumer([&] { pop_two(popped[1]); });
  std::thread producer(push_two, 10);
  push_two(20);
  producer.join();
  consumer.join();
  other_consumer.join();
  popped[0].merge(popped[1]);
  EXPECT_EQ(popped[0], (Values{10, 11, 20, 21}));
  EXPECT_EQ(queue.size(), 0U);
}
