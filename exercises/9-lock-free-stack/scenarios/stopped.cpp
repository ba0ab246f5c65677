// One thread stops for ever, wherever it is: the others go on.
#include <chrono>
#include <thread>

#include "harness/scenario.hpp"
#include "stack.hpp"
#include "stopping.hpp"

namespace {

using Clock = std::chrono::steady_clock;

/// What another thread must be able to do whatever the stopped one has in its hands.
void go_on(Stack& stack) {
  const Clock::time_point begin = Clock::now();
  for (int i = 0; i < 2; ++i) {
    stack.push(50 + i);
    stack.pop();
  }
  stack.empty();
  EXPECT_LT(Clock::now() - begin, Stopping::kStop / 2) << "it waited for the stopped thread";
}

}  // namespace

TEST(Stopped, AThreadThatPushesHoldsNobodyUp) {
  const Stopping stopping;
  Stack stack(8);
  EXPECT_TRUE(stack.push(1));
  std::thread stopped([&stack] {
    for (int i = 0; i < 3; ++i) stack.push(2 + i);
  });
  stopping.stop(stopped);
  go_on(stack);
  stopped.join();
}

TEST(Stopped, AThreadThatPopsHoldsNobodyUp) {
  const Stopping stopping;
  Stack stack(8);
  for (int value = 1; value <= 4; ++value) EXPECT_TRUE(stack.push(value));
  std::thread stopped([&stack] {
    for (int i = 0; i < 3; ++i) stack.pop();
  });
  stopping.stop(stopped);
  go_on(stack);
  stopped.join();
}

TEST(Stopped, AThreadThatPopsFromAFullStackHoldsNobodyUp) {
  const Stopping stopping;
  Stack stack(1);
  EXPECT_TRUE(stack.push(1));
  std::thread stopped([&stack] {
    stack.pop();
    stack.push(2);
    stack.pop();
  });
  stopping.stop(stopped);
  go_on(stack);
  stopped.join();
}
