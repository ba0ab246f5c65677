// What an Event must do: let go everybody who waits when the flag is raised, whatever comes next.
#include <semaphore>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "timer.hpp"

using namespace std::chrono_literals;

TEST(Event, StartsLoweredAndRemembersItsState) {
  Event event;
  EXPECT_FALSE(event.is_set());
  event.set();
  EXPECT_TRUE(event.is_set());
  event.set();
  EXPECT_TRUE(event.is_set());
  event.clear();
  EXPECT_FALSE(event.is_set());
}

TEST(Event, DoesNotStopAnybodyWhileItIsSet) {
  Event event;
  event.set();
  event.wait();
  EXPECT_TRUE(event.wait_for(24h));
  EXPECT_TRUE(event.is_set()) << "waiting must not lower the flag";
}

TEST(Event, HoldsThreadsBackUntilItIsSet) {
  Event event;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&event, i] {
      event.wait();
      trace::event("let.go", {{"who", i}});
      event.is_set();  // for the race criterion: somebody sets it once more at this moment
    });
  }
  std::this_thread::sleep_for(5s);
  trace::event("set");
  event.set();
  event.set();
  for (std::thread& thread : threads) thread.join();
}

TEST(Event, GivesUpATimedWait) {
  Event event;
  EXPECT_FALSE(event.wait_for(50ms));
  event.set();
  event.clear();
  EXPECT_FALSE(event.wait_for(50ms)) << "a set from before the wait let it go";
}

TEST(Event, LetsATimedWaitGoWhenItIsSet) {
  Event event;
  bool result = false;
  std::thread waiter([&] { result = event.wait_for(24h); });
  event.set();
  waiter.join();
  EXPECT_TRUE(result);
}

TEST(Liveness, EveryWaiterGoesEvenWhenTheEventIsClearedAtOnce) {
  Event event;
  int let_go = 0;
  bool over = false;
  std::binary_semaphore lock(1);
  const auto wait_and_count = [&] {
    event.wait();
    lock.acquire();
    ++let_go;
    lock.release();
  };
  std::thread first(wait_and_count);
  std::thread second(wait_and_count);
  // Whoever comes too late for one pulse is let go by a later one; whoever sleeps in wait() when a
  // pulse comes must not miss it, or this never ends.
  while (!over) {
    std::this_thread::sleep_for(1s);
    event.set();
    event.clear();
    std::this_thread::sleep_for(1s);
    lock.acquire();
    over = let_go == 2;
    lock.release();
  }
  first.join();
  second.join();
}
