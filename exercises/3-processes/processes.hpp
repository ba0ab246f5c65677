#pragma once

// The fixed interface of exercise 3. Do not edit: your work goes into processes.cpp.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// A process with a name. What it does is given by a function, or by deriving and overriding `run`.
/// Only the process that made it, and there one thread, calls its members (but `name` and `run`).
class Process {
 public:
  /// `target` is what the process does; what it returns is the exit code.
  Process(std::string name, std::function<int()> target);

  /// Waits for the process, when it was started.
  virtual ~Process();

  const std::string& name() const;

  /// Begins to execute `run()` in a process of its own: a copy of this one, which ends at once, as
  /// by `_exit`, when `run()` has returned. What was printed before the start is not printed again
  /// by the copy, and what `run()` prints (by stdio or std::cout) has been written when it ends.
  /// A second call throws std::logic_error; a system without room for it, std::system_error.
  void start();

  /// What the process executes, by default `target`. It gives the exit code (0 to 255); an
  /// exception that leaves it makes that 1.
  virtual int run();

  /// Waits until the process has ended; at once when it has. Throws std::logic_error before
  /// `start`.
  void join();

  /// The same for `timeout` at most. True when the process has ended. Throws as `join` does.
  bool join_for(std::chrono::milliseconds timeout);

  /// True from the moment `start` returns until the process has ended. Never waits.
  bool is_alive();

  /// Nothing as long as the process is not started or has not ended; then its exit code, or minus
  /// the number of the signal that ended it. Never waits.
  std::optional<int> exitcode();

  /// Sends SIGTERM. Does nothing when the process is not started, or was found to have ended by any
  /// of these functions: its number may belong to another one by now.
  void terminate();

  /// The number of the process, also when it has ended; 0 before `start`.
  pid_t pid() const;

  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

 protected:
  /// For a class that overrides `run`.
  explicit Process(std::string name);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A process that tells numbers, by derivation: `run` calls `say` with the even numbers below
/// `limit` when the number of the process that executes it is even, with the odd ones when it is
/// odd, in ascending order from 0 or 1 on, and returns 0.
class Numbers : public Process {
 public:
  Numbers(std::string name, int limit, std::function<void(int)> say);
  int run() override;

 private:
  int limit_;
  std::function<void(int)> say_;
};

/// The first program of the lesson: starts two `Numbers`, side by side, waits for both, and prints
/// their exit codes, such as "0, 0", and a newline, on standard output.
void even_or_odd(int limit, const std::function<void(int)>& say);

/// The second one: starts two processes by target, side by side, which print "How are you ?" and a
/// newline each; waits for both, and prints whether they are alive, "False, False", and a newline.
void how_are_you();

// What follows is made before the processes that use it are started, and lives longer than they;
// then all of them may use it at once, whoever made it.

/// A way for messages from one process to another. At any moment one sends and one receives.
class Pipe {
 public:
  Pipe();
  ~Pipe();

  /// Sends `message`: any bytes, of any number, also none. It may wait until there is room.
  /// False when there is nobody left who could receive it, or this process closed its sending end.
  bool send(std::string_view message);

  /// Waits for the next message. Nothing when there is none and nobody left who could send one, or
  /// this process closed its receiving end.
  std::optional<std::string> receive();

  /// This process will never send, or receive, again. Other processes still may.
  void close_sending();
  void close_receiving();

  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A lock that one process holds at a time. Nobody ends while holding it.
class Lock {
 public:
  Lock();
  ~Lock();

  /// Waits until no process holds the lock, and takes it.
  void acquire();

  /// Gives the lock back; only the process that holds it calls this.
  void release();

  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  friend class Condition;
  struct State;
  std::unique_ptr<State> state_;
};

/// A place to wait, for processes that share `lock`. Who calls `wait` holds the lock; so does who
/// notifies.
class Condition {
 public:
  /// `lock` lives longer than the condition.
  explicit Condition(Lock& lock);
  ~Condition();

  /// Releases the lock and waits for a notification, as one step: none that comes after the release
  /// is lost. Acquires the lock again. It may also return for no reason.
  void wait();

  /// Wakes at least one of the processes that wait, or all of them; without any it does nothing,
  /// now or later.
  void notify_one();
  void notify_all();

  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A flag that processes wait for. At first it is down.
class Event {
 public:
  Event();
  ~Event();

  void set();
  void clear();
  bool is_set() const;

  /// Returns at once when the flag is up, else when somebody raises it. Who waits may miss a flag
  /// that is lowered again at once.
  void wait();

  /// The same for `timeout` at most; true when the flag was up.
  bool wait_for(std::chrono::milliseconds timeout);

  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Numbers on their way from many processes to many others: each is taken once. They are taken in
/// the order in which they were put.
class Queue {
 public:
  /// There is room for `capacity` numbers, from 1 to 1000.
  explicit Queue(std::size_t capacity);
  ~Queue();

  /// Puts `item` behind all others; waits while there is no room. False, and the item is not in the
  /// queue, when the queue is closed, also when it is closed meanwhile.
  bool put(long item);

  /// Takes the first; waits while there is none. Nothing when there is none and the queue is
  /// closed. A process that is killed while it is not inside a call loses what it took, and nothing
  /// else.
  std::optional<long> get();

  /// From now on nothing can be put. What is inside can still be taken.
  void close();

  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
