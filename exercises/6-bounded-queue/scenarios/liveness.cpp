// Nobody is forgotten: each value and each place wakes somebody who can use it.
#include <optional>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "queue.hpp"

using namespace std::chrono_literals;

namespace {

/// Runs `function` in two threads while this one does `meanwhile`.
template <typename Function, typename Meanwhile>
void run_twice(Function function, Meanwhile meanwhile) {
  std::thread one(function);
  std::thread other(function);
  meanwhile();
  one.join();
  other.join();
}

}  // namespace

TEST(Liveness, TwoProducersAndTwoConsumersGetOn) {
  BoundedQueue queue(1);
  const auto produce = [&queue] {
    queue.push(1);
    queue.push(2);
  };
  const auto consume = [&queue] {
    queue.pop();
    queue.pop();
  };
  run_twice(consume, [&] { run_twice(produce, [] {}); });
}

TEST(Liveness, EachValueWakesAConsumer) {
  BoundedQueue queue(2);
  run_twice([&queue] { queue.pop(); },
            [&queue] {
              std::this_thread::sleep_for(1s);
              queue.push(1);
              queue.push(2);
            });
}

TEST(Liveness, EachPlaceWakesAProducer) {
  BoundedQueue queue(2);
  queue.push(1);
  queue.push(2);
  run_twice([&queue] { queue.push(3); },
            [&queue] {
              std::this_thread::sleep_for(1s);
              queue.pop();
              queue.pop();
            });
}

TEST(Liveness, ATryWakesWhoWaits) {
  BoundedQueue queue(1);
  std::thread consumer([&queue] { queue.pop(); });
  do {
    std::this_thread::sleep_for(1s);
  } while (!queue.try_push(1));
  consumer.join();
  queue.push(2);
  std::thread producer([&queue] { queue.push(3); });
  do {
    std::this_thread::sleep_for(1s);
  } while (!queue.try_pop());
  producer.join();
}

TEST(Liveness, ACloseWakesAllConsumers) {
  BoundedQueue queue(1);
  run_twice([&queue] { queue.pop(); },
            [&queue] {
              std::this_thread::sleep_for(1s);
              queue.close();
            });
}

TEST(Liveness, ACloseWakesAllProducers) {
  BoundedQueue queue(1);
  queue.push(1);
  run_twice([&queue] { queue.push(2); },
            [&queue] {
              std::this_thread::sleep_for(1s);
              queue.close();
            });
}

TEST(Liveness, WhoGivesUpLeavesTheWakeUpToOthers) {
  BoundedQueue queue(1);
  std::optional<int> impatient;
  std::thread patient([&queue] { queue.pop(); });
  std::thread other([&] { impatient = queue.pop_for(1s); });
  std::this_thread::sleep_for(1s);
  queue.push(1);
  other.join();
  if (impatient) queue.push(2);
  patient.join();
}

TEST(Liveness, WhoWaitsForAnHourSleeps) {
  BoundedQueue queue(1);
  std::thread consumer([&queue] {
    queue.pop();
    std::this_thread::sleep_for(1h);
    queue.pop();
    queue.pop();
  });
  std::this_thread::sleep_for(1h);
  queue.push(1);
  queue.push(2);
  queue.push(3);
  consumer.join();
  queue.pop_for(1h);
}
