#include "task_runner.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

// A worker thread for each child that may run at once. The thread that calls run() hands out the
// reports, and sees to it that cancelled children end. No lock is held while an observer is called.
struct TaskRunner::State {
  using Clock = std::chrono::steady_clock;

  const std::size_t at_once;
  const std::chrono::milliseconds grace;
  const Observer observer;

  std::mutex mutex;                 // guards what follows
  std::condition_variable changed;  // only the thread that calls run() waits for it
  bool cancelled = false;
  std::size_t next = 0;
  std::vector<std::optional<TaskResult>> results;
  std::map<Popen*, bool> running;  // and whether it was told to end

  void work(const std::vector<Task>& tasks);
  TaskResult run_one(std::size_t number, const Task& task);
  std::unique_ptr<Popen> start(const Task& task, TaskResult& result);
  void supervise();
  void end_children(std::optional<Clock::time_point>& kill_at);
};

TaskRunner::TaskRunner(std::size_t at_once, std::chrono::milliseconds grace, Observer observer) {
  if (at_once == 0) throw std::invalid_argument("a runner that runs nothing at once");
  state_.reset(new State{at_once, grace, std::move(observer), {}, {}, false, 0, {}, {}});
}

TaskRunner::~TaskRunner() = default;

std::vector<TaskResult> TaskRunner::run(const std::vector<Task>& tasks) {
  State& state = *state_;
  state.next = 0;  // without the lock: there are no workers yet
  state.results.assign(tasks.size(), std::nullopt);
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(state.at_once, tasks.size()); ++i) {
    workers.emplace_back([&state, &tasks] { state.work(tasks); });
  }
  state.supervise();
  workers.clear();  // joins

  std::vector<TaskResult> results;
  for (std::optional<TaskResult>& result : state.results) results.push_back(std::move(*result));
  return results;
}

void TaskRunner::cancel() {
  const std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  state_->changed.notify_one();
}

void TaskRunner::State::work(const std::vector<Task>& tasks) {
  std::unique_lock lock(mutex);
  while (next < tasks.size()) {
    const std::size_t number = next++;
    lock.unlock();
    TaskResult result = run_one(number, tasks[number]);
    lock.lock();
    results[number] = std::move(result);
    changed.notify_one();
  }
}

/// Under the lock, so that nothing is started once cancel() has returned.
std::unique_ptr<Popen> TaskRunner::State::start(const Task& task, TaskResult& result) {
  const std::lock_guard lock(mutex);
  result.cancelled = cancelled;
  if (cancelled) return nullptr;
  try {
    auto child = std::make_unique<Popen>(task.command);
    running.emplace(child.get(), false);
    return child;
  } catch (const std::system_error& error) {
    result.returncode = 127;
    result.err = error.what();
    return nullptr;
  }
}

TaskResult TaskRunner::State::run_one(std::size_t number, const Task& task) {
  TaskResult result;
  const std::unique_ptr<Popen> child = start(task, result);
  if (!child) return result;
  if (observer.started) observer.started(number, child->pid());

  std::optional<Output> output;
  if (task.timeout) {
    output = child->communicate_for(task.input, *task.timeout);
    result.timed_out = !output;
    if (!output) child->stop(grace);
  }
  if (!output) output = child->communicate(task.input);
  result.returncode = child->returncode();
  result.out = std::move(output->out);
  result.err = std::move(output->err);
  {
    const std::lock_guard lock(mutex);
    result.cancelled = running.at(child.get());
    running.erase(child.get());
  }
  if (observer.ended) observer.ended(number);
  return result;
}

/// Asks the children to end the first time, and kills those left when the grace is over.
void TaskRunner::State::end_children(std::optional<Clock::time_point>& kill_at) {
  if (!kill_at) {
    kill_at = Clock::now() + grace;
    for (auto& [child, told] : running) {
      told = true;
      child->terminate();
    }
  } else if (Clock::now() >= *kill_at) {
    for (auto& [child, told] : running) child->kill();
    kill_at = Clock::time_point::max();
  }
}

void TaskRunner::State::supervise() {
  std::optional<Clock::time_point> kill_at;
  std::unique_lock lock(mutex);
  for (std::size_t number = 0; number < results.size();) {
    if (results[number]) {
      const TaskResult& result = *results[number];  // changed by nobody any more
      lock.unlock();
      if (observer.reported) observer.reported(number, result);
      ++number;
      lock.lock();
      continue;
    }
    if (cancelled) end_children(kill_at);
    if (kill_at && *kill_at != Clock::time_point::max()) {
      changed.wait_until(lock, *kill_at);
    } else {
      changed.wait(lock);
    }
  }
}
