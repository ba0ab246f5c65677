#pragma once

// The fixed interface of exercise 6. Do not edit: your work goes into queue.cpp.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

/// A queue with room for `capacity` values, shared by any number of threads that put values in
/// (producers) and take them out (consumers). First in, first out.
///
/// Each push or pop takes effect at one moment between its call and its return: the results are
/// those that one thread alone would have got by making the same calls in the order of these
/// moments. Whoever waits sleeps; it does not look again and again.
class BoundedQueue {
 public:
  /// Throws std::invalid_argument when `capacity` is 0.
  explicit BoundedQueue(std::size_t capacity);

  /// No other thread uses the queue any more. Values that are left are dropped.
  ~BoundedQueue();

  /// Puts `value` in at the end; waits while the queue is full. False when the queue is closed, or
  /// is closed while this call waits: then the value is not in it.
  bool push(int value);

  /// Takes the first value out; waits while the queue is empty. Nothing when it is empty and
  /// closed.
  std::optional<int> pop();

  /// The same without waiting: false when the queue is full or closed.
  bool try_push(int value);

  /// The same without waiting: nothing when the queue is empty.
  std::optional<int> try_pop();

  /// The same, but wait for `timeout` at most, counted from the call; with 0 or less they do not
  /// wait at all. False, or nothing, when the time is up and the queue is still full, or empty.
  bool push_for(int value, std::chrono::milliseconds timeout);
  std::optional<int> pop_for(std::chrono::milliseconds timeout);

  /// From now on no value gets in; those that are in can still be taken out. Everybody is let go
  /// who waits for room, or waits for a value that will not come. Closing again changes nothing.
  void close();

  bool is_closed() const;

  /// How many values were in the queue at some moment during the call.
  std::size_t size() const;

  /// Takes out value after value and calls `work` with each, until the queue is empty and closed;
  /// returns how many that were. While `work` runs, others push, pop and consume, and `work` itself
  /// may call all functions of this queue. What `work` throws is passed on; its value stays taken.
  std::size_t consume(const std::function<void(int)>& work);

  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
