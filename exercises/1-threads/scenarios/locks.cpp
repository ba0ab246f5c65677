// What a Lock, a re-entrant RLock and a guarded Counter must do.
#include <array>
#include <atomic>
#include <chrono>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "harness/scenario.hpp"
#include "threads.hpp"

TEST(Lock, KeepsTheOthersOut) {
  Lock lock;
  const auto enter = [&](int who) {
    lock.acquire();
    trace::event("lock.enter", {{"who", who}});
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    trace::event("lock.leave", {{"who", who}});
    lock.release();
  };
  std::thread first(enter, 1);
  std::thread second(enter, 2);
  first.join();
  second.join();
}

TEST(Lock, IsTakenByATryOnlyWhenItIsFree) {
  Lock lock;
  EXPECT_TRUE(lock.try_acquire());
  EXPECT_FALSE(lock.try_acquire());
  std::thread other([&] { EXPECT_FALSE(lock.try_acquire()); });
  other.join();
  lock.release();
  EXPECT_TRUE(lock.try_acquire());
  lock.release();
}

TEST(Lock, IsTakenByOneOfTwoWhoTryAtOnce) {
  Lock lock;
  std::atomic<int> taken = 0;
  const auto try_once = [&] {
    if (lock.try_acquire()) ++taken;
  };
  std::thread first(try_once);
  std::thread second(try_once);
  first.join();
  second.join();
  EXPECT_EQ(taken, 1);
  lock.release();
}

TEST(Lock, IsGivenBackByAnyThreadButOnlyWhenHeld) {
  Lock lock;
  EXPECT_THROW(lock.release(), std::logic_error);
  lock.acquire();
  std::thread other([&] { lock.release(); });
  lock.acquire();
  other.join();
  lock.release();
  EXPECT_THROW(lock.release(), std::logic_error);
}

TEST(RLock, LetsItsOwnerInAgain) {
  RLock lock;
  lock.acquire();
  lock.acquire();
  lock.acquire();
  lock.release();
  lock.release();
  lock.release();
  EXPECT_THROW(lock.release(), std::logic_error);
}

TEST(RLock, KeepsTheOthersOutUntilTheLastRelease) {
  RLock lock;
  const auto enter = [&](int who) {
    lock.acquire();
    trace::event("rlock.enter", {{"who", who}});
    lock.acquire();
    std::this_thread::yield();
    lock.release();
    std::this_thread::yield();
    trace::event("rlock.leave", {{"who", who}});
    lock.release();
  };
  std::thread first(enter, 1);
  std::thread second(enter, 2);
  first.join();
  second.join();
}

TEST(RLock, RefusesToBeReleasedByAnotherThread) {
  RLock lock;
  std::binary_semaphore held(0);
  std::binary_semaphore tried(0);
  std::thread owner([&] {
    lock.acquire();
    held.release();
    tried.acquire();
    EXPECT_NO_THROW(lock.release()) << "the owner lost its lock";
  });
  held.acquire();
  EXPECT_THROW(lock.release(), std::logic_error);
  tried.release();
  owner.join();
  lock.acquire();
  lock.release();
}

TEST(Counter, LosesNoAddition) {
  Counter counter;
  std::array<long, 3> last{};
  const auto count = [&](std::size_t who) {
    counter.add(1);
    last[who] = counter.add(1);
  };
  std::thread first(count, 0);
  std::thread second(count, 1);
  std::thread third(count, 2);
  first.join();
  second.join();
  third.join();
  EXPECT_EQ(counter.value(), 6);
  EXPECT_TRUE(last[0] == 6 || last[1] == 6 || last[2] == 6) << "nobody was told the last sum";
}

TEST(Counter, MayBeReadWhileOthersAdd) {
  Counter counter;
  std::thread adder([&] {
    counter.add(2);
    counter.add(2);
  });
  const long seen = counter.value();
  EXPECT_TRUE(seen == 0 || seen == 2 || seen == 4) << seen;
  adder.join();
  EXPECT_EQ(counter.value(), 4);
}

TEST(Liveness, EveryWaiterGetsIntoALock) {
  Lock lock;
  int entered = 0;
  const auto enter = [&] {
    lock.acquire();
    ++entered;
    lock.release();
  };
  lock.acquire();
  std::thread first(enter);
  std::thread second(enter);
  std::thread third(enter);
  std::this_thread::yield();
  lock.release();
  first.join();
  second.join();
  third.join();
  EXPECT_EQ(entered, 3);
}

TEST(Liveness, EveryWaiterGetsIntoAnRLock) {
  RLock lock;
  int entered = 0;
  const auto enter = [&] {
    lock.acquire();
    lock.acquire();
    ++entered;
    lock.release();
    lock.release();
  };
  lock.acquire();
  std::thread first(enter);
  std::thread second(enter);
  std::thread third(enter);
  std::this_thread::yield();
  lock.release();
  first.join();
  second.join();
  third.join();
  EXPECT_EQ(entered, 3);
}
