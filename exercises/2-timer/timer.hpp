#pragma once

// The fixed interface of exercise 2. Do not edit: your work goes into timer.cpp.

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

/// A lock together with a place to wait. The thread that calls `wait`, `wait_for`, `notify` or
/// `notify_all` must have acquired the condition; otherwise they throw std::logic_error, and so
/// does `release`.
class Condition {
 public:
  Condition();
  ~Condition();

  void acquire();
  void release();

  /// Releases the lock, sleeps until a `notify` or `notify_all` that was called after this wait
  /// began picks this thread, and returns with the lock acquired again. It never returns for any
  /// other reason.
  void wait();

  /// The same for `timeout` at most. False when the time was up and nobody had picked this thread.
  bool wait_for(std::chrono::milliseconds timeout);

  /// Picks one thread of those that wait now. Without one it does nothing, now or later.
  void notify();

  /// Picks all threads that wait now.
  void notify_all();

  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A flag that threads wait for.
class Event {
 public:
  Event();
  ~Event();

  /// Raises the flag. Every thread that waits at this moment is let go, even when `clear` follows
  /// at once.
  void set();
  void clear();
  bool is_set() const;

  /// Returns at once when the flag is up, else when somebody raises it.
  void wait();

  /// The same for `timeout` at most; true when the thread was let go by the flag.
  bool wait_for(std::chrono::milliseconds timeout);

  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Calls a function once, in a thread of its own, when an interval has passed since `start`.
class Timer {
 public:
  Timer(std::chrono::milliseconds interval, std::function<void()> function);

  /// Cancels what has not begun, and waits for what has.
  ~Timer();

  /// Begins to count. A second call throws std::logic_error.
  void start();

  /// Stops the timer when the function has not begun: then it never will. Before `start` it makes
  /// `start` do nothing; afterwards, and from the function itself, it changes nothing. It never
  /// blocks until the function ends.
  void cancel();

  /// Waits until the function has ended, or the timer is cancelled. May be called by several
  /// threads. Throws std::logic_error before `start`, and when the function itself calls it.
  void join();

  /// True from `start` until the function has ended or the timer is cancelled.
  bool is_alive() const;

  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The program of the lesson. Calls `say("submitted")`, starts a timer of 3 s whose function calls
/// `say("running")`, sleeps for 10 s and calls `say("over")`; returns when that has been said.
void delayed_task(const std::function<void(std::string_view)>& say);
