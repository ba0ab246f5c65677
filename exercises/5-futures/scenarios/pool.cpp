// Who runs what, and when: the queue and the threads of a Pool.
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "futures.hpp"
#include "harness/scenario.hpp"

using namespace std::chrono_literals;

TEST(Pool, BeginsTasksInTheOrderOfSubmission) {
  Pool pool(1);  // with a single thread, the order in which tasks begin can be seen
  std::vector<Future> futures;
  for (int task = 0; task < 4; ++task) {
    trace::event("task.submitted", {{"task", task}});
    futures.push_back(pool.submit([task] {
      trace::event("task.begun", {{"task", task}});
      return task;
    }));
  }
  for (int task = 0; task < 4; ++task) EXPECT_EQ(futures.at(task).get(), task);
}

TEST(Pool, RunsAsManyAtATimeAsItHasThreads) {
  Pool pool(2);
  for (int task = 0; task < 4; ++task) {
    pool.submit([task] {
      trace::event("task.start", {{"task", task}});
      std::this_thread::sleep_for(1s);
      trace::event("task.end", {{"task", task}});
      return task;
    });
  }
}

TEST(Pool, RunsTasksInThreadsOfItsOwn) {
  EXPECT_THROW(Pool(0), std::invalid_argument);
  Pool pool(1);
  std::thread::id there;
  std::thread::id there_later;
  Future task = pool.submit([&] {
    there = std::this_thread::get_id();
    return 0;
  });
  task.get();
  Future later = pool.submit([&] {  // the thread has had nothing to do in between
    there_later = std::this_thread::get_id();
    return 0;
  });
  later.get();
  EXPECT_NE(there, std::thread::id());
  EXPECT_NE(there, std::this_thread::get_id());
  EXPECT_EQ(there, there_later);
}

TEST(Pool, TakesWorkFromWork) {
  std::optional<Future> child;  // each is put there by a task, and read when that task is over
  std::optional<Future> grandchild;
  Pool pool(1);
  Future root = pool.submit([&] {
    child = pool.submit([&] {
      grandchild = pool.submit([] { return 3; });
      return 2;
    });
    return 1;
  });
  EXPECT_EQ(root.get(), 1);
  EXPECT_EQ(child.value().get(), 2);
  EXPECT_EQ(grandchild.value().get(), 3);
}

TEST(Pool, LetsATaskWaitForAnotherThatItSubmitted) {
  Pool pool(2);
  Future sum = pool.submit([&] {
    Future half = pool.submit([] { return 20; });
    return 1 + half.get();
  });
  EXPECT_EQ(sum.get(), 21);
}

TEST(Liveness, AFreeThreadTakesTheNextTask) {
  // Wherever the third task is queued, it must not wait behind the first, which waits for it.
  std::binary_semaphore third_has_run(0);
  Pool pool(2);
  pool.submit([&] {
    third_has_run.acquire();
    return 1;
  });
  pool.submit([] { return 2; });
  pool.submit([&] {
    third_has_run.release();
    return 3;
  });
}

TEST(Liveness, IdleThreadsSeeNewWorkAndTheEnd) {
  // Each task needs the other: both threads must wake up, and both sleep already.
  std::binary_semaphore first_is_here(0);
  std::binary_semaphore second_is_here(0);
  Pool pool(2);
  std::this_thread::sleep_for(1h);
  Future first = pool.submit([&] {
    first_is_here.release();
    second_is_here.acquire();
    return 1;
  });
  Future second = pool.submit([&] {
    second_is_here.release();
    first_is_here.acquire();
    return 2;
  });
  EXPECT_EQ(first.get() + second.get(), 3);
  std::this_thread::sleep_for(1h);  // so that they sleep again when the pool shuts down
}
