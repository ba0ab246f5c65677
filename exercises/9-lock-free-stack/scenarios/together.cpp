// What several threads find that push and pop at once.
#include <array>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "stack.hpp"

namespace {

using Values = std::multiset<int>;

void push_marked(Stack& stack, int value) {
  trace::event("call", {{"op", "push"}, {"value", value}});
  const bool done = stack.push(value);
  trace::event("return", {{"result", done ? "ok" : "full"}});
}

std::optional<int> pop_marked(Stack& stack) {
  trace::event("call", {{"op", "pop"}});
  const std::optional<int> value = stack.pop();
  trace::event("return", {{"result", value ? std::to_string(*value) : "empty"}});
  return value;
}

/// Takes what is left, but no more than `most`: a broken list may go round in a circle.
void drain(Stack& stack, Values& values, int most = 12) {
  for (int i = 0; i < most; ++i) {
    const std::optional<int> value = stack.pop();
    if (!value) return;
    values.insert(*value);
  }
}

}  // namespace

TEST(Crowd, LosesNoValueAndInventsNone) {
  Stack stack(8);
  std::array<Values, 2> popped;
  const auto push_two = [&stack](int first) {
    EXPECT_TRUE(stack.push(first));
    EXPECT_TRUE(stack.push(first + 1));
  };
  const auto pop_two = [&stack](Values& values) {
    for (int i = 0; i < 2; ++i) {
      if (const std::optional<int> value = stack.pop()) values.insert(*value);
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(push_two, 10);
  threads.emplace_back(push_two, 20);
  threads.emplace_back([&] { pop_two(popped[0]); });
  threads.emplace_back([&] { pop_two(popped[1]); });
  for (std::thread& thread : threads) thread.join();
  Values all = popped[0];
  all.insert(popped[1].begin(), popped[1].end());
  drain(stack, all);
  EXPECT_EQ(all, (Values{10, 11, 20, 21}));
  EXPECT_TRUE(stack.empty());
}

TEST(Crowd, TakesEachValueOnce) {
  Stack stack(4);
  for (int value = 1; value <= 3; ++value) EXPECT_TRUE(stack.push(value));
  std::array<std::optional<int>, 3> popped;
  std::vector<std::thread> threads;
  for (std::optional<int>& value : popped) {
    threads.emplace_back([&stack, &value] { value = stack.pop(); });
  }
  for (std::thread& thread : threads) thread.join();
  Values all;
  for (const std::optional<int>& value : popped) all.insert(value.value_or(-1));
  EXPECT_EQ(all, (Values{1, 2, 3}));
}

TEST(Together, EveryResultFitsSomeOrderOfTheCalls) {
  Stack stack(6);
  std::vector<std::thread> threads;
  for (int who = 1; who <= 3; ++who) {
    threads.emplace_back([&stack, who] {
      push_marked(stack, who);
      pop_marked(stack);
    });
  }
  for (std::thread& thread : threads) thread.join();
  pop_marked(stack);
}

TEST(Together, TheLastOfTwoPushesIsTakenFirst) {
  Stack stack(6);
  std::thread pusher([&stack] {
    push_marked(stack, 1);
    push_marked(stack, 2);
    push_marked(stack, 3);
  });
  std::thread popper([&stack] {
    pop_marked(stack);
    pop_marked(stack);
  });
  pusher.join();
  popper.join();
  for (int i = 0; i < 4; ++i) pop_marked(stack);
}

TEST(Together, WhatAnotherThreadPushedLastIsTakenFirst) {
  Stack stack(6);
  push_marked(stack, 1);
  std::thread other([&stack] { push_marked(stack, 2); });
  other.join();
  pop_marked(stack);
  std::thread third([&stack] { pop_marked(stack); });
  third.join();
  pop_marked(stack);
}
