// The end of a pool: with waiting and without, and nothing lost that was accepted.
#include <atomic>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "futures.hpp"
#include "harness/scenario.hpp"

using namespace std::chrono_literals;

TEST(Shutdown, RunsWhatIsQueuedAndTakesNoMore) {
  std::atomic<int> ran{0};
  Pool pool(1);
  for (int task = 0; task < 3; ++task) pool.submit([&] { return ++ran; });
  pool.shutdown(true);
  EXPECT_EQ(ran, 3);
  EXPECT_THROW(pool.submit([] { return 0; }), std::logic_error);
  pool.shutdown(true);
  pool.shutdown(false);
}

TEST(Shutdown, WaitsForTheLastTask) {
  Pool pool(2);
  for (int task = 0; task < 2; ++task) {
    pool.submit([task] {
      std::this_thread::sleep_for(1h);
      trace::event("last.words", {{"task", task}});
      return task;
    });
  }
  const auto shut_down = [&](int caller) {
    pool.shutdown(true);
    trace::event("shut.down", {{"caller", caller}});
  };
  std::thread other([&] { shut_down(1); });
  shut_down(2);
  other.join();
}

TEST(Shutdown, ReturnsAtOnceWithoutWaiting) {
  std::binary_semaphore go_on(0);
  Pool pool(1);
  Future running = pool.submit([&] {
    go_on.acquire();
    return 1;
  });
  Future queued = pool.submit([] { return 2; });
  pool.shutdown(false);
  EXPECT_THROW(pool.submit([] { return 0; }), std::logic_error);
  EXPECT_FALSE(running.is_over());
  go_on.release();  // nobody else does
  EXPECT_EQ(running.get(), 1);
  EXPECT_EQ(queued.get(), 2);
}

TEST(Shutdown, MayBeAskedForByATask) {
  Pool pool(2);
  Future patient = pool.submit([&] {
    pool.shutdown(true);
    return 1;
  });
  EXPECT_THROW(patient.get(), std::logic_error);
  Pool another(1);
  Future brisk = another.submit([&] {
    another.shutdown(false);
    return 2;
  });
  EXPECT_EQ(brisk.get(), 2);
  EXPECT_THROW(another.submit([] { return 0; }), std::logic_error);
}

TEST(Shutdown, LosesNothingThatWasAccepted) {
  for (int round = 0; round < 4; ++round) {
    std::optional<Future> accepted;
    std::binary_semaphore go(0);
    Pool pool(1);
    std::thread submitter([&] {
      go.acquire();
      try {
        accepted = pool.submit([] { return 8; });
      } catch (const std::logic_error&) {  // too late, and told so
      }
    });
    std::this_thread::sleep_for(1h);  // by then the others sleep, too
    go.release();
    pool.shutdown(true);
    submitter.join();
    if (accepted) {
      EXPECT_TRUE(accepted->wait_for(24h)) << "a task was accepted, and then never run";
    }
  }
}
