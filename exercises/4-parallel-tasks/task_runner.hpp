#pragma once

// The fixed interface of exercise 4, second half. Do not edit: your work goes into task_runner.cpp.

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "popen.hpp"

/// A command to run, what it reads, and how long it may take.
struct Task {
  Command command = {};
  std::string input = {};
  std::optional<std::chrono::milliseconds> timeout = {};  ///< unset: as long as it takes
};

/// What came of a task.
struct TaskResult {
  std::optional<int> returncode = {};  ///< as Popen's; unset when the task was never started
  std::string out = {};
  std::string err = {};
  bool timed_out = false;  ///< it was stopped because its time was up
  bool cancelled = false;  ///< cancel() came before it had ended, or before it was started
};

/// Whom the runner tells what it does; functions may be empty. `started` and `ended` may be called
/// by several threads at once, `reported` never is. Each of them may call TaskRunner::cancel.
struct Observer {
  /// A child of its own now runs task number `task` (the first is 0).
  std::function<void(std::size_t task, pid_t pid)> started = {};
  /// The child has been waited for, and no other has been started in its place yet.
  std::function<void(std::size_t task)> ended = {};
  /// The result is known. Called once for each task, in the order of the tasks, as soon as this
  /// task and all those before it are over.
  std::function<void(std::size_t task, const TaskResult& result)> reported = {};
};

/// Runs lists of commands, some at a time.
class TaskRunner {
 public:
  /// At most `at_once` children run at any moment; 0 throws std::invalid_argument. A child whose
  /// time is up is asked to end, and killed when it still runs after `grace`.
  TaskRunner(std::size_t at_once, std::chrono::milliseconds grace, Observer observer = {});

  /// Called when no run is going on.
  ~TaskRunner();

  /// Starts the tasks in their order, as soon as there is room for each, and returns when all are
  /// over: the results in the order of the tasks. A command that cannot be started has return code
  /// 127 and the reason in `err`, as in a shell. When it returns, no child, no thread and no file
  /// descriptor of this run is left. It may be called again afterwards, by one thread at a time.
  std::vector<TaskResult> run(const std::vector<Task>& tasks);

  /// Starts no further task, in this run or a later one, and ends those that run as if their time
  /// was up. Any thread may call it, at any time, and more than once. Does not wait for the end.
  void cancel();

  TaskRunner(const TaskRunner&) = delete;
  TaskRunner& operator=(const TaskRunner&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
