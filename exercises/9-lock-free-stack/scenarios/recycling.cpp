// A thread that stops in the middle of a call while nodes leave the stack and come back.
#include <optional>
#include <set>
#include <thread>

#include "harness/scenario.hpp"
#include "stack.hpp"
#include "stopping.hpp"

namespace {

using Values = std::multiset<int>;

/// Takes a value and puts it back, `times` times.
void move_values(Stack& stack, int times) {
  for (int i = 0; i < times; ++i) {
    const std::optional<int> value = stack.pop();
    if (value) EXPECT_TRUE(stack.push(*value)) << "its own pop has made room";
  }
}

/// All values that are left, but no more than ten: a broken list may go round in a circle.
Values drain(Stack& stack) {
  Values values;
  for (int i = 0; i < 10; ++i) {
    const std::optional<int> value = stack.pop();
    if (!value) break;
    values.insert(*value);
  }
  return values;
}

/// One thread stops somewhere in a pop or a push while two others move all nodes about.
void move_past_a_stopped_thread(Stack& stack, const Stopping& stopping) {
  std::thread slow([&stack] { move_values(stack, 2); });
  std::thread mover([&stack] { move_values(stack, 2); });
  stopping.stop(slow);
  move_values(stack, 2);
  mover.join();
  slow.join();
}

void fill(Stack& stack) {
  for (int value = 1; value <= 3; ++value) EXPECT_TRUE(stack.push(value));
}

}  // namespace

TEST(Recycling, ANodeThatLeftAndCameBackFoolsNobody) {
  const Stopping stopping;
  Stack stack(3);
  for (int round = 0; round < 3; ++round) {
    fill(stack);
    move_past_a_stopped_thread(stack, stopping);
    EXPECT_EQ(drain(stack), (Values{1, 2, 3})) << "each value comes out once";
  }
  fill(stack);
  EXPECT_EQ(drain(stack), (Values{1, 2, 3})) << "no room is lost";
}

TEST(Recycling, ASlowPopTakesTheNodeThatIsOnTopNow) {
  const Stopping stopping;
  Stack stack(4);
  for (int round = 0; round < 3; ++round) {
    fill(stack);
    std::thread slow([&stack] { move_values(stack, 1); });
    stopping.stop(slow);
    std::thread mover([&stack] { move_values(stack, 1); });
    const std::optional<int> first = stack.pop();
    const std::optional<int> second = stack.pop();
    mover.join();
    if (second) EXPECT_TRUE(stack.push(*second));
    if (first) EXPECT_TRUE(stack.push(*first));
    slow.join();
    EXPECT_EQ(drain(stack), (Values{1, 2, 3})) << "each value comes out once";
  }
}
