#pragma once

// The fixed interface of exercise 1. Do not edit: your work goes into threads.cpp.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A thread with a name.
class Worker {
 public:
  Worker(std::string name, std::function<void()> work);

  /// Waits for the thread, when it was started.
  ~Worker();

  const std::string& name() const;

  /// Begins to run `work` in a thread of its own. A second call throws std::logic_error.
  void start();

  /// Waits until `work` has returned; at once when it has. Throws std::logic_error before `start`.
  void join();

  /// True from the moment `start` returns until `work` has returned. After `join` it is false.
  bool is_alive() const;

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Starts one worker a name, all side by side, and waits for all of them. It calls `say` with
///   "starting NAME"   right before it starts each, in the order of the names,
///   "waiting NAME"    right before it joins each, when all have been started,
///   "ending NAME"     by the worker itself, when its `work(NAME)` has returned,
///   "all over"        when every worker has ended.
/// Several threads may call `say` at once.
void run_all(const std::vector<std::string>& names,
             const std::function<void(std::string_view)>& work,
             const std::function<void(std::string_view)>& say);

/// A lock that one thread holds at a time. It is not re-entrant: a thread that acquires it twice
/// waits for ever.
class Lock {
 public:
  Lock();
  ~Lock();

  /// Waits until nobody holds the lock, and takes it.
  void acquire();

  /// Takes the lock when nobody holds it. Returns at once, whether it has taken it.
  bool try_acquire();

  /// Gives the lock back; any thread may. Throws std::logic_error when nobody holds it.
  void release();

  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A re-entrant lock: the thread that holds it may acquire it again, and others get in when it has
/// released it as often as it has acquired it.
class RLock {
 public:
  RLock();
  ~RLock();

  void acquire();

  /// Throws std::logic_error when the calling thread does not hold the lock.
  void release();

  RLock(const RLock&) = delete;
  RLock& operator=(const RLock&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A number that several threads count up.
class Counter {
 public:
  Counter();
  ~Counter();

  /// Adds `amount`, and returns the sum that this very call has made.
  long add(long amount);
  long value() const;

  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Puts '<', then lets `threads` threads, side by side, each put the six letters of PYTHON and a
/// space; when all have ended it puts '>'. Before each letter the thread calls `pause`. With
/// `locked` a word and its space are one critical section, so that no other thread's letters come
/// between; without, nothing keeps the threads apart. Several threads may call `put` and `pause` at
/// once.
void print_python(int threads, bool locked, const std::function<void(char)>& put,
                  const std::function<void()>& pause);
