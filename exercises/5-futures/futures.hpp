#pragma once

// The fixed interface of exercise 5. Do not edit: your work goes into futures.cpp.

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

/// What `get` throws when the task was cancelled.
struct Cancelled : std::runtime_error {
  Cancelled() : std::runtime_error("the task was cancelled") {}
};

/// The result that a task will have. Copies speak of the same task. All functions may be called by
/// several threads at once, as often as they like, and when the pool is gone too.
class Future {
 public:
  /// Waits until the task is over, and returns its result. Throws what the task threw, whatever
  /// that was; throws Cancelled when the task was cancelled.
  int get() const;

  /// Waits until the task is over, but for `timeout` at most; true when it is over by then.
  bool wait_for(std::chrono::milliseconds timeout) const;

  /// True when the task is over: it has ended, or it was cancelled.
  bool is_over() const;

  /// When the task has not begun, it never will: it is over at once, and those who wait for it are
  /// let go. Afterwards it changes nothing. True when the task is cancelled, now or before.
  bool cancel();

  struct State;  // what a future keeps: yours to define, and to make in Pool::submit
  explicit Future(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::shared_ptr<State> state_;
};

/// Threads that run tasks.
class Pool {
 public:
  /// Starts `threads` threads; throws std::invalid_argument for less than one.
  explicit Pool(int threads);

  /// As shutdown(true).
  ~Pool();

  /// Puts a task at the end of the queue and returns at once. Tasks begin in the order in which
  /// they were submitted, and none is left in the queue while a thread of the pool has nothing to
  /// do. A task may submit others. Throws std::logic_error after `shutdown`.
  Future submit(std::function<int()> task);

  /// From now on nothing can be submitted; what is in the queue is still run. With `wait`, it
  /// returns when all tasks are over and the threads of the pool have ended, else at once. May be
  /// called again, and by several threads. A task may call it without `wait`; with `wait` it would
  /// wait for itself: std::logic_error is thrown instead.
  void shutdown(bool wait = true);

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The program of the lesson: `function(value)` for each of `values`, as a task each, as many at a
/// time as the pool has threads. Returns the results in the order of `values`. When some throw, it
/// waits for all the others too, and then throws what the first of them, in the order of `values`,
/// threw.
std::vector<int> map(Pool& pool, const std::function<int(int)>& function,
                     const std::vector<int>& values);
