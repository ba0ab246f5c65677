// Many children, some at a time.
#include "task_runner.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "scenarios/surroundings.hpp"
#include "scenarios/time_scale.hpp"

namespace {

/// Marks all that the runner tells, and names the children task0, task1, …
Observer marking() {
  Observer observer;
  observer.started = [](std::size_t task, pid_t pid) {
    trace::event("task.start", {{"task", task}});
    trace::name_process(pid, "task" + std::to_string(task));
  };
  observer.ended = [](std::size_t task) { trace::event("task.end", {{"task", task}}); };
  observer.reported = [](std::size_t task, const TaskResult&) {
    trace::event("task.report", {{"task", task}});
    trace::event("process.reported", {{"process", "task" + std::to_string(task)}});
  };
  return observer;
}

std::vector<TaskResult> run_marked(TaskRunner& runner, const std::vector<Task>& tasks) {
  for (std::size_t i = 0; i < tasks.size(); ++i) trace::event("task.submit", {{"task", i}});
  std::vector<TaskResult> results = runner.run(tasks);
  trace::event("run.return");
  return results;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST(Runner, RunsThreeAtATime) {
  TaskRunner runner(3, kNever, marking());
  const std::vector<TaskResult> results =
      run_marked(runner, std::vector(5, Task{sleep_for(kWhile)}));
  ASSERT_EQ(results.size(), 5U);
  for (const TaskResult& result : results) EXPECT_EQ(result.returncode, 0);
}

TEST(Runner, ReportsInTheOrderOfTheTasks) {
  // The first takes longest.
  TaskRunner runner(3, kNever, marking());
  const std::vector<TaskResult> results = run_marked(runner, {{sleep_for(4 * kWhile)},
                                                              {Command::shell("exit 1")},
                                                              {sleep_for(2 * kWhile)},
                                                              {Command::shell("exit 3")}});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].returncode, 0);
  EXPECT_EQ(results[1].returncode, 1);
  EXPECT_EQ(results[2].returncode, 0);
  EXPECT_EQ(results[3].returncode, 3);
}

TEST(Runner, TellsWhatCameOfEachTask) {
  TaskRunner runner(2, kNever);
  const std::vector<TaskResult> results =
      runner.run({{{{"cat"}}, "passed on"},
                  {Command::shell("echo said; echo complained >&2; exit 2")},
                  {{{"no-such-program"}}},
                  {Command::shell("kill -9 $$"), "", kNever}});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].returncode, 0);
  EXPECT_EQ(results[0].out, "passed on");
  EXPECT_EQ(results[1].returncode, 2);
  EXPECT_EQ(results[1].out, "said\n");
  EXPECT_EQ(results[1].err, "complained\n");
  EXPECT_EQ(results[2].returncode, 127);
  EXPECT_NE(results[2].err, "");
  EXPECT_EQ(results[3].returncode, -SIGKILL);
  for (const TaskResult& result : results) EXPECT_FALSE(result.timed_out || result.cancelled);
}

TEST(Runner, PrintsTheSessionOfTheStatement) {
  Observer observer;
  observer.reported = [](std::size_t task, const TaskResult& result) {
    std::printf("task %zu: %d %s", task, result.returncode.value_or(-1), result.out.c_str());
  };
  TaskRunner runner(2, kNever, observer);
  runner.run({{Command::shell("sleep 0.1; echo slow; exit 3")},
              {Command::shell("echo fast")},
              {{{"cat"}}, "echoed\n"}});
  std::printf("all over\n");
}

TEST(Runner, MayHaveNothingToDoAndRunAgain) {
  EXPECT_THROW(TaskRunner(0, kNever), std::invalid_argument);
  TaskRunner runner(3, kNever);
  EXPECT_TRUE(runner.run({}).empty());
  for (int round = 0; round < 2; ++round) {
    const std::vector<TaskResult> results = runner.run({{Command::shell("exit 4")}, {{{"true"}}}});
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].returncode, 4);
    EXPECT_EQ(results[1].returncode, 0);
  }
}

TEST(Limits, EndATaskThatTakesTooLong) {
  TaskRunner runner(2, kNever, marking());
  const std::vector<TaskResult> results =
      run_marked(runner, {{sleep_for(kNever), "", kSoon},
                          {Command::shell("exit 1"), "", kNever},
                          {sleep_for(kNever), "", kSoon}});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].returncode, -SIGTERM);
  EXPECT_TRUE(results[0].timed_out);
  EXPECT_EQ(results[1].returncode, 1);
  EXPECT_FALSE(results[1].timed_out);
  EXPECT_EQ(results[2].returncode, -SIGTERM);
  EXPECT_TRUE(results[2].timed_out);
  EXPECT_FALSE(results[0].cancelled);
}

TEST(Limits, KillATaskThatTurnsADeafEar) {
  const Ignoring ignoring(SIGTERM);
  Observer observer;
  observer.started = [](std::size_t, pid_t pid) { trace::name_process(pid, "stubborn"); };
  TaskRunner runner(1, kSoon, observer);
  const std::vector<TaskResult> results = runner.run({{sleep_for(kNever), "", kSoon}});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].returncode, -SIGKILL);
  EXPECT_TRUE(results[0].timed_out);
}

TEST(Cancel, EndsWhatRunsAndStartsNothingMore) {
  std::counting_semaphore<8> under_way(0);
  Observer observer = marking();
  observer.started = [&, mark = observer.started](std::size_t task, pid_t pid) {
    mark(task, pid);
    under_way.release();
  };
  TaskRunner runner(2, kNever, observer);
  std::thread canceller([&] {
    under_way.acquire();
    under_way.acquire();
    runner.cancel();
    runner.cancel();
  });
  const std::vector<TaskResult> results =
      run_marked(runner, std::vector(4, Task{sleep_for(kNever), "", kNever}));
  under_way.release(2);  // lets the other thread go when nothing was started
  canceller.join();
  ASSERT_EQ(results.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(results[i].cancelled) << i;
  for (const std::size_t begun : {0U, 1U}) EXPECT_EQ(results[begun].returncode, -SIGTERM);
  EXPECT_EQ(results[3].returncode, std::nullopt);
}

TEST(Cancel, MayComeFromAReport) {
  // "Stop everything at the first failure."
  TaskRunner* running = nullptr;
  Observer observer;
  observer.reported = [&running](std::size_t, const TaskResult& result) {
    if (result.returncode == 1) running->cancel();
  };
  TaskRunner runner(2, kNever, observer);
  running = &runner;
  const std::vector<TaskResult> results =
      runner.run({{Command::shell("exit 1")}, {sleep_for(kNever)}, {sleep_for(kNever)}});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].returncode, 1);
  EXPECT_FALSE(results[0].cancelled);
  for (const std::size_t other : {1U, 2U}) {
    EXPECT_TRUE(results[other].cancelled);
    // When the first task is very fast, the others may not even have begun.
    EXPECT_EQ(results[other].returncode.value_or(-SIGTERM), -SIGTERM);
  }
}

TEST(Cancel, MayComeFromEveryCallback) {
  TaskRunner* running = nullptr;
  Observer observer;
  observer.started = [&running](std::size_t, pid_t) { running->cancel(); };
  observer.ended = [&running](std::size_t) { running->cancel(); };
  observer.reported = [&running](std::size_t, const TaskResult&) { running->cancel(); };
  TaskRunner runner(2, kNever, observer);
  running = &runner;
  EXPECT_EQ(runner.run(std::vector(3, Task{{{"true"}}})).size(), 3U);
}

TEST(Cancel, KillsATaskThatTurnsADeafEar) {
  const Ignoring ignoring(SIGTERM);
  TaskRunner* running = nullptr;
  Observer observer;
  observer.started = [&running](std::size_t, pid_t pid) {
    trace::name_process(pid, "stubborn");
    running->cancel();
  };
  TaskRunner runner(1, kSoon, observer);
  running = &runner;
  const std::vector<TaskResult> results = runner.run({{sleep_for(kNever)}, {sleep_for(kNever)}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].returncode, -SIGKILL);
  EXPECT_TRUE(results[0].cancelled);
  EXPECT_EQ(results[1].returncode, std::nullopt);
  EXPECT_TRUE(results[1].cancelled);
}

TEST(Cancel, BeforeTheRunStartsNothing) {
  std::atomic<int> started = 0;
  std::atomic<int> reported = 0;
  Observer observer;
  observer.started = [&started](std::size_t, pid_t) { ++started; };
  observer.reported = [&reported](std::size_t, const TaskResult&) { ++reported; };
  TaskRunner runner(2, kNever, observer);
  runner.cancel();
  const std::vector<TaskResult> results = runner.run(std::vector(3, Task{{{"true"}}}));
  ASSERT_EQ(results.size(), 3U);
  for (const TaskResult& result : results) {
    EXPECT_TRUE(result.cancelled);
    EXPECT_EQ(result.returncode, std::nullopt);
  }
  EXPECT_EQ(started, 0);
  EXPECT_EQ(reported, 3);
}

TEST(NothingLeft, OfARun) {
  std::size_t before = 0;
  std::size_t after = 0;
  std::thread caller([&] {
    TaskRunner runner(2, kNever);
    const std::vector<Task> tasks = {
        {Command::shell("exit 1")}, {{{"no-such-program"}}}, {sleep_for(kNever), "", kSoon}};
    runner.run(tasks);  // what is made once and kept, is there afterwards
    before = open_descriptors();
    runner.run(tasks);
    after = open_descriptors();
  });
  caller.join();
  EXPECT_EQ(after, before) << "file descriptors are open that were not before the run";
}
