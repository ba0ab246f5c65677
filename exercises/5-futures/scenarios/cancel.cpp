// A task begins, or it is cancelled; there is no third.
#include <array>
#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "futures.hpp"
#include "harness/scenario.hpp"

using namespace std::chrono_literals;

TEST(Cancel, WorksOnlyBeforeTheStart) {
  std::binary_semaphore begun(0);
  std::binary_semaphore go_on(0);
  std::atomic<bool> ran{false};
  Pool pool(1);
  Future running = pool.submit([&] {
    begun.release();
    go_on.acquire();
    return 1;
  });
  Future queued = pool.submit([&] {
    ran = true;
    return 2;
  });
  Future last = pool.submit([] { return 3; });
  begun.acquire();
  EXPECT_FALSE(running.cancel());  // it has begun
  EXPECT_FALSE(running.is_over());
  EXPECT_FALSE(queued.is_over());
  EXPECT_TRUE(queued.cancel());
  EXPECT_TRUE(queued.cancel());  // it still is
  EXPECT_TRUE(queued.is_over());
  go_on.release();
  EXPECT_EQ(running.get(), 1);
  EXPECT_FALSE(running.cancel());  // it has ended
  EXPECT_THROW(queued.get(), Cancelled);
  EXPECT_EQ(last.get(), 3);
  EXPECT_FALSE(ran) << "a cancelled task ran";
}

TEST(Cancel, OrBeginButNeverBoth) {
  constexpr int kTasks = 4;
  std::array<std::atomic<int>, kTasks> runs{};
  std::vector<Future> futures;
  Pool pool(1);
  for (int task = 0; task < kTasks; ++task) {
    futures.push_back(pool.submit([&runs, task] { return ++runs.at(task); }));
  }
  std::array<bool, kTasks> cancelled{};
  for (int task = 0; task < kTasks; ++task) cancelled.at(task) = futures.at(task).cancel();
  pool.shutdown();
  for (int task = 0; task < kTasks; ++task) {
    Future& future = futures.at(task);
    EXPECT_EQ(runs.at(task), cancelled.at(task) ? 0 : 1);
    EXPECT_EQ(future.cancel(), cancelled.at(task));
    if (cancelled.at(task)) {
      EXPECT_THROW(future.get(), Cancelled);
    } else {
      EXPECT_EQ(future.get(), 1);
    }
  }
}

TEST(Cancel, LetsThoseGoWhoWait) {
  // The pool's only thread goes on when both have come back, not before.
  std::binary_semaphore go_on(0);
  Pool pool(1);
  pool.submit([&] {
    go_on.acquire();
    return 1;
  });
  Future queued = pool.submit([] { return 2; });
  const auto wait = [queued] { EXPECT_THROW(queued.get(), Cancelled); };
  std::thread first(wait);
  std::thread second(wait);
  EXPECT_TRUE(queued.cancel());
  EXPECT_TRUE(queued.wait_for(24h));
  first.join();
  second.join();
  go_on.release();
}
