#pragma once

// The fixed interface of exercise 9. Do not edit: your work goes into stack.cpp.

#include <cstddef>
#include <memory>
#include <optional>

/// A stack with room for `capacity` values, shared by any number of threads. No function ever
/// waits for another thread: when one thread stops for ever, wherever it is, all the others go on.
class Stack {
 public:
  /// Throws std::invalid_argument unless `capacity` lies between 1 and 60000.
  explicit Stack(std::size_t capacity);

  /// No other thread uses the stack any more. Values that are left are dropped.
  ~Stack();

  /// Puts `value` on top. False, and nothing has changed, when there is no room; the room of a
  /// value may count as taken as long as the pop that takes it has not returned.
  bool push(int value);

  /// Takes the value on top, the one that was pushed last. Nothing when the stack is empty.
  std::optional<int> pop();

  /// True when no value was in the stack at some moment during the call.
  bool empty() const;

  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
