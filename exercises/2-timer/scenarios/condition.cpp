// What a Condition must do: the lock is free while somebody waits, a notify belongs to somebody who
// was waiting, and a wait returns for no other reason.
#include <semaphore>
#include <stdexcept>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "timer.hpp"

using namespace std::chrono_literals;

namespace {

/// Acquires on construction, releases at the end of the block.
class Holding {
 public:
  explicit Holding(Condition& condition) : condition_(condition) { condition_.acquire(); }
  ~Holding() { condition_.release(); }
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

 private:
  Condition& condition_;
};

}  // namespace

TEST(Condition, LetsOneThreadInAtATime) {
  Condition condition;
  const auto enter = [&](int who) {
    const Holding holding(condition);
    trace::event("inside.start", {{"who", who}});
    std::this_thread::sleep_for(2s);
    trace::event("inside.end", {{"who", who}});
  };
  std::thread first(enter, 1);
  std::thread second(enter, 2);
  first.join();
  second.join();
}

TEST(Condition, ReleasesTheLockWhileItWaits) {
  Condition condition;
  bool ready = false;
  std::thread waiter([&] {
    const Holding holding(condition);
    while (!ready) condition.wait();
    trace::event("woken");
  });
  {
    const Holding holding(condition);
    ready = true;
    trace::event("notified");
    condition.notify();
  }
  waiter.join();
}

TEST(Condition, HoldsTheLockAgainWhenAWaitReturns) {
  Condition condition;
  int inside = 0;
  bool ready = false;
  const auto wait_then_enter = [&] {
    const Holding holding(condition);
    while (!ready) condition.wait();
    EXPECT_EQ(++inside, 1);
    std::this_thread::yield();
    --inside;
  };
  std::thread first(wait_then_enter);
  std::thread second(wait_then_enter);
  {
    const Holding holding(condition);
    ready = true;
    condition.notify_all();
  }
  first.join();
  second.join();
}

TEST(Condition, NotifyWakesOneThread) {
  Condition condition;
  int waiting = 0;
  int woken = 0;
  std::counting_semaphore<2> waits(0);
  std::counting_semaphore<2> was_woken(0);
  const auto wait_once = [&] {
    const Holding holding(condition);
    ++waiting;
    waits.release();
    condition.wait();
    ++woken;
    was_woken.release();
  };
  std::thread first(wait_once);
  std::thread second(wait_once);
  waits.acquire();
  waits.acquire();
  {
    const Holding holding(condition);  // both are inside wait() now: they hold the lock until then
    EXPECT_EQ(waiting, 2);
    condition.notify();
  }
  was_woken.acquire();
  {
    const Holding holding(condition);
    EXPECT_EQ(woken, 1) << "one notify woke two threads";
    condition.notify();
  }
  first.join();
  second.join();
  EXPECT_EQ(woken, 2);
}

TEST(Liveness, NotifyAllWakesEveryThread) {
  Condition condition;
  int woken = 0;
  std::counting_semaphore<3> waits(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      const Holding holding(condition);
      waits.release();
      condition.wait();
      ++woken;
    });
  }
  for (int i = 0; i < 3; ++i) waits.acquire();
  {
    const Holding holding(condition);
    condition.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(woken, 3);
}

TEST(Condition, ForgetsANotifyThatNobodyWaitsFor) {
  Condition condition;
  const Holding holding(condition);
  condition.notify();
  condition.notify_all();
  EXPECT_FALSE(condition.wait_for(1s)) << "a notify from before the wait let it go";
}

TEST(Condition, GivesANotifyToAThreadThatWasWaiting) {
  Condition condition;
  bool woken = false;
  std::binary_semaphore waits(0);
  std::thread waiter([&] {
    const Holding holding(condition);
    waits.release();
    condition.wait();
    woken = true;
  });
  waits.acquire();
  {
    const Holding holding(condition);
    condition.notify();
    // This thread waits only now: the notify is not for it.
    EXPECT_FALSE(condition.wait_for(10s)) << "the notify went to a thread that waited later";
    EXPECT_TRUE(woken);
  }
  waiter.join();
}

TEST(Condition, NeverReturnsForNothing) {
  Condition condition;
  bool notified = false;
  std::binary_semaphore waits(0);
  std::thread waiter([&] {
    const Holding holding(condition);
    waits.release();
    condition.wait();
    EXPECT_TRUE(notified) << "wait() returned before anybody called notify()";
  });
  waits.acquire();
  {
    const Holding holding(condition);
    notified = true;
    condition.notify();
  }
  waiter.join();
}

TEST(Condition, GivesUpATimedWait) {
  Condition condition;
  bool held_by_other = false;
  std::thread other;
  {
    const Holding holding(condition);
    EXPECT_FALSE(condition.wait_for(100ms));
    other = std::thread([&] {
      const Holding inner(condition);
      held_by_other = true;
    });
    EXPECT_FALSE(held_by_other) << "the lock was not taken again after the time-out";
  }
  other.join();
}

TEST(Condition, TellsATimedWaitThatItWasNotified) {
  Condition condition;
  bool result = false;
  std::binary_semaphore waits(0);
  std::thread waiter([&] {
    const Holding holding(condition);
    waits.release();
    result = condition.wait_for(24h);
  });
  waits.acquire();
  {
    const Holding holding(condition);
    condition.notify();
  }
  waiter.join();
  EXPECT_TRUE(result);
}

TEST(Condition, RefusesAThreadThatHasNotAcquiredIt) {
  Condition condition;
  EXPECT_THROW(condition.release(), std::logic_error);
  EXPECT_THROW(condition.wait(), std::logic_error);
  EXPECT_THROW(condition.wait_for(1ms), std::logic_error);
  EXPECT_THROW(condition.notify(), std::logic_error);
  EXPECT_THROW(condition.notify_all(), std::logic_error);
  const Holding holding(condition);
  std::thread other([&] { EXPECT_THROW(condition.release(), std::logic_error); });
  other.join();
}
