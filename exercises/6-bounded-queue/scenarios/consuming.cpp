// consume: what it hands to its work, and what goes on meanwhile.
#include <set>
#include <stdexcept>
#include <thread>

#include "harness/scenario.hpp"
#include "queue.hpp"

using namespace std::chrono_literals;

TEST(Consume, TakesEverythingUntilTheQueueIsClosed) {
  BoundedQueue queue(2);
  std::set<int> seen;
  std::size_t count = 0;
  std::thread consumer([&] { count = queue.consume([&seen](int value) { seen.insert(value); }); });
  EXPECT_TRUE(queue.push(1));
  std::this_thread::sleep_for(1s);
  EXPECT_TRUE(queue.push(2));
  EXPECT_TRUE(queue.push(3));
  queue.close();
  consumer.join();
  EXPECT_EQ(seen, (std::set<int>{1, 2, 3}));
  EXPECT_EQ(count, 3U);
}

TEST(Consume, LetsItsWorkUseTheQueue) {
  BoundedQueue queue(2);
  EXPECT_TRUE(queue.push(3));
  const std::size_t count = queue.consume([&queue](int value) {
    EXPECT_EQ(queue.size(), 0U);
    if (value > 0) EXPECT_TRUE(queue.push(value - 1));
    if (value == 0) queue.close();
  });
  EXPECT_EQ(count, 4U);
}

TEST(Consume, PassesOnWhatItsWorkThrows) {
  BoundedQueue queue(3);
  for (int value = 1; value <= 3; ++value) EXPECT_TRUE(queue.push(value));
  queue.close();
  const auto fail_at_two = [](int value) {
    if (value == 2) throw std::runtime_error("two");
  };
  EXPECT_THROW(queue.consume(fail_at_two), std::runtime_error);
  EXPECT_EQ(queue.size(), 1U) << "the value whose work failed stays taken";
  EXPECT_EQ(queue.consume(fail_at_two), 1U);
}

TEST(Parallel, TwoConsumersWorkSideBySide) {
  BoundedQueue queue(6);
  for (int value = 0; value < 6; ++value) EXPECT_TRUE(queue.push(value));
  queue.close();
  const auto consume = [&queue] {
    queue.consume([](int value) {
      trace::event("start", {{"value", value}});
      std::this_thread::sleep_for(1s);
      trace::event("end", {{"value", value}});
    });
  };
  std::thread one(consume);
  std::thread other(consume);
  one.join();
  other.join();
}

TEST(Parallel, AProducerGoesOnWhileAConsumerWorks) {
  BoundedQueue queue(3);
  std::thread consumer([&queue] { queue.consume([](int) { std::this_thread::sleep_for(2s); }); });
  for (int value = 0; value < 3; ++value) {
    trace::event("start", {{"value", value}});
    EXPECT_TRUE(queue.push(value));
    std::this_thread::sleep_for(1s);  // it makes the next one
    trace::event("end", {{"value", value}});
  }
  queue.close();
  consumer.join();
}
