// What a Future must do: hand over what the task returned or threw, to everybody who asks.
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "futures.hpp"
#include "harness/scenario.hpp"

using namespace std::chrono_literals;

TEST(Future, HandsOverTheResultAsOftenAsAskedFor) {
  Pool pool(2);
  Future six = pool.submit([] { return 6; });
  Future seven = pool.submit([] { return 7; });
  EXPECT_EQ(six.get() * seven.get(), 42);
  EXPECT_EQ(seven.get(), 7);
  EXPECT_TRUE(seven.is_over());
  EXPECT_TRUE(seven.wait_for(0ms));
}

TEST(Future, HandsOverWhateverTheTaskThrew) {
  Pool pool(1);
  Future bad = pool.submit([]() -> int { throw std::out_of_range("no such page"); });
  Future worse = pool.submit([]() -> int { throw 13; });
  Future good = pool.submit([] { return 1; });
  try {
    bad.get();
    ADD_FAILURE() << "get() returned although the task threw std::out_of_range";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "no such page");
  } catch (...) {
    ADD_FAILURE() << "get() threw something else than the task";
  }
  EXPECT_THROW(worse.get(), int);
  EXPECT_THROW(worse.get(), int);  // once more: it is not used up
  EXPECT_TRUE(worse.is_over());
  EXPECT_EQ(good.get(), 1);  // the thread has survived both
}

TEST(Future, LetsSeveralThreadsWaitForOneTask) {
  std::binary_semaphore go_on(0);
  Pool pool(1);
  const Future future = pool.submit([&] {
    go_on.acquire();
    return 5;
  });
  int first_saw = 0;
  int second_saw = 0;
  std::thread first([&, future] { first_saw = future.get(); });
  std::thread second([&, future] { second_saw = future.wait_for(24h) ? future.get() : -1; });
  EXPECT_FALSE(future.is_over());
  go_on.release();
  first.join();
  second.join();
  EXPECT_EQ(first_saw, 5);
  EXPECT_EQ(second_saw, 5);
}

TEST(Future, WaitsForSoLongAndNoLonger) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  std::binary_semaphore go_on(0);
  Pool pool(1);
  const Future future = pool.submit([&] {
    go_on.acquire();
    return 5;
  });
  const auto start = now();
  EXPECT_FALSE(future.wait_for(20s));
  EXPECT_GE(now() - start, 20s) << "wait_for(20s) gave up too early";
  EXPECT_LT(now() - start, 60s) << "wait_for(20s) waited for too long";
  EXPECT_FALSE(future.is_over());
  go_on.release();
  const auto released = now();
  EXPECT_TRUE(future.wait_for(24h));
  EXPECT_LT(now() - released, 1h) << "wait_for(24h) slept on although the task was over";
}

TEST(Future, OutlivesItsPool) {
  const Future future = [] {
    Pool pool(1);
    return pool.submit([] { return 3; });
  }();
  EXPECT_TRUE(future.is_over());
  EXPECT_EQ(future.get(), 3);
}

TEST(Future, MayBeAskedWhileItsTaskEnds) {
  int worked = 0;
  Pool pool(1);
  const Future future = pool.submit([&] {
    worked = 1;
    return 4;
  });
  while (!future.is_over()) std::this_thread::yield();
  EXPECT_EQ(worked, 1);
  EXPECT_EQ(future.get(), 4);
}
