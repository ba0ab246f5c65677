// What several threads find that push and pop at once: the order of one producer's values, and
// results that some order of all calls explains. Queues have room for two values here, as the
// rubric's specification has.
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "queue.hpp"
#include "stopping.hpp"

using namespace std::chrono_literals;

namespace {

constexpr auto kLong = 1h;

/// A queue whose calls are marked with their results.
class MarkedQueue {
 public:
  bool push(int value) {
    return pushed(value, [&] { return queue_.push_for(value, kLong); });
  }
  bool try_push(int value) {
    return pushed(value, [&] { return queue_.try_push(value); });
  }
  std::optional<int> pop() {
    return popped([&] { return queue_.pop_for(kLong); });
  }
  std::optional<int> try_pop() {
    return popped([&] { return queue_.try_pop(); });
  }

 private:
  template <typename Function>
  static bool pushed(int value, Function function) {
    trace::event("call", {{"op", "push"}, {"value", value}});
    const bool done = function();
    trace::event("return", {{"result", done ? "ok" : "full"}});
    return done;
  }
  template <typename Function>
  static std::optional<int> popped(Function function) {
    trace::event("call", {{"op", "pop"}});
    const std::optional<int> value = function();
    trace::event("return", {{"result", value ? std::to_string(*value) : "empty"}});
    return value;
  }

  BoundedQueue queue_{2};
};

}  // namespace

TEST(Order, TheValuesOfAProducerStayInTheirOrder) {
  BoundedQueue queue(2);
  const auto produce = [&queue](int producer) {
    for (int i = 0; i < 3; ++i) {
      const int value = 10 * producer + i;
      trace::event("put", {{"producer", producer}, {"value", value}});
      queue.push_for(value, kLong);
    }
  };
  std::thread one(produce, 1);
  std::thread other(produce, 2);
  for (int i = 0; i < 6; ++i) {
    const int value = queue.pop_for(10 * kLong).value_or(0);
    trace::event("got", {{"producer", value / 10}, {"value", value}});
  }
  one.join();
  other.join();
}

TEST(Together, EveryResultFitsSomeOrderOfTheCalls) {
  MarkedQueue queue;
  const auto push_and_pop = [&queue](int value) {
    queue.push(value);
    queue.pop();
  };
  std::thread one(push_and_pop, 1);
  std::thread other(push_and_pop, 2);
  push_and_pop(3);
  one.join();
  other.join();
  queue.try_pop();
}

TEST(Together, ATryIsACallLikeTheOthers) {
  MarkedQueue queue;
  std::thread other([&queue] {
    queue.try_push(1);
    queue.try_pop();
  });
  queue.try_push(2);
  queue.try_pop();
  other.join();
  queue.try_pop();
}

TEST(Halfway, APushUnderWayIsInTheQueueOrNot) {
  const Stopping stopping;
  MarkedQueue queue;
  queue.push(1);
  std::thread other([&queue] {
    queue.push(2);
    queue.pop();
  });
  stopping.stop(other);
  queue.try_push(3);
  queue.try_pop();
  queue.try_pop();
  queue.push(4);
  other.join();
  queue.try_pop();
  queue.try_pop();
}

TEST(Halfway, APopUnderWayHasTakenItsValueOrNot) {
  const Stopping stopping;
  MarkedQueue queue;
  queue.push(1);
  queue.push(2);
  std::thread other([&queue] { queue.try_pop(); });
  stopping.stop(other);
  queue.try_pop();
  queue.try_pop();
  queue.try_push(3);
  queue.try_push(4);
  other.join();
  queue.try_pop();
  queue.try_pop();
}

TEST(Together, WhoWaitsIsNotOvertaken) {
  MarkedQueue queue;
  std::thread consumer([&queue] {
    queue.pop();
    queue.pop();
  });
  std::thread producer([&queue] {
    queue.push(1);
    queue.push(2);
    queue.push(3);
  });
  std::this_thread::sleep_for(1s);
  queue.pop();
  consumer.join();
  producer.join();
}
