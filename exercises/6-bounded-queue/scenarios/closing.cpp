// What close does to those who wait, and to those who wait side by side.
#include <optional>
#include <thread>

#include "harness/scenario.hpp"
#include "queue.hpp"
#include "stopwatch.hpp"

using namespace std::chrono_literals;

TEST(Closed, LetsAConsumerGo) {
  BoundedQueue queue(2);
  std::thread consumer([&queue] {
    EXPECT_EQ(queue.pop(), 1);
    EXPECT_EQ(queue.pop(), std::nullopt);
    EXPECT_TRUE(queue.is_closed()) << "nothing else ends a pop without a value";
  });
  EXPECT_TRUE(queue.push(1));
  std::this_thread::sleep_for(1s);
  queue.close();
  consumer.join();
}

TEST(Closed, LetsAnybodyAskWhetherItIs) {
  BoundedQueue queue(1);
  std::thread curious([&queue] {
    const bool before = queue.is_closed();
    const bool after = queue.is_closed();
    EXPECT_TRUE(after || !before) << "a queue that is closed stays closed";
  });
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  curious.join();
}

TEST(Closed, LetsAProducerGoWithoutItsValue) {
  BoundedQueue queue(1);
  EXPECT_TRUE(queue.push(1));
  std::thread producer([&queue] { EXPECT_FALSE(queue.push(2)) << "it was full until it closed"; });
  std::this_thread::sleep_for(1s);
  queue.close();
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt) << "a value got into a closed queue";
  producer.join();
  EXPECT_EQ(queue.size(), 0U);
}

TEST(Timed, LetsThoseGoWhoWaitWhenTheQueueIsClosed) {
  BoundedQueue empty(1);
  BoundedQueue full(1);
  EXPECT_TRUE(full.push(1));
  std::thread consumer([&empty] {
    const Stopwatch waiting;
    EXPECT_EQ(empty.pop_for(1h), std::nullopt);
    EXPECT_LT(waiting.elapsed(), 30min);
  });
  std::thread producer([&full] {
    const Stopwatch waiting;
    EXPECT_FALSE(full.push_for(2, 1h));
    EXPECT_LT(waiting.elapsed(), 30min);
  });
  std::this_thread::sleep_for(1s);
  empty.close();
  full.close();
  EXPECT_EQ(full.pop(), 1);
  consumer.join();
  producer.join();
  EXPECT_EQ(full.try_pop(), std::nullopt) << "a value got into a closed queue";
}
