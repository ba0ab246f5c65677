// What a Timer must do: call its function once, after the interval, unless it is cancelled before.
#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

#include "harness/scenario.hpp"
#include "timer.hpp"

using namespace std::chrono_literals;

namespace {

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

}  // namespace

TEST(Timer, CallsItsFunctionOnceAfterTheInterval) {
  std::atomic<int> calls{0};
  const auto start = std::chrono::steady_clock::now();
  std::chrono::milliseconds called_after{0};
  Timer timer(200ms, [&] {
    called_after = since(start);
    ++calls;
  });
  EXPECT_EQ(calls, 0);
  timer.start();
  timer.join();
  EXPECT_EQ(calls, 1);
  EXPECT_GE(called_after, 200ms);
}

TEST(Timer, RunsItsFunctionInAThreadOfItsOwn) {
  std::thread::id runner;
  Timer timer(10ms, [&] { runner = std::this_thread::get_id(); });
  timer.start();
  timer.join();
  EXPECT_NE(runner, std::thread::id());
  EXPECT_NE(runner, std::this_thread::get_id());
}

TEST(Timer, JoinWaitsForTheEndOfTheFunction) {
  Timer timer(10ms, [] {
    trace::event("function.start");
    std::this_thread::sleep_for(5s);
    trace::event("function.end");
  });
  timer.start();
  timer.join();
  trace::event("joined");
}

TEST(Timer, MayBeJoinedBySeveralThreads) {
  std::atomic<bool> called{false};
  Timer timer(10ms, [&] { called = true; });
  timer.start();
  const auto join_and_look = [&] {
    timer.join();
    EXPECT_TRUE(called);
  };
  std::thread first(join_and_look);
  std::thread second(join_and_look);
  first.join();
  second.join();
}

TEST(Timer, IsAliveFromStartToEnd) {
  std::binary_semaphore go_on(0);
  Timer timer(10ms, [&] { go_on.acquire(); });
  EXPECT_FALSE(timer.is_alive());
  timer.start();
  EXPECT_TRUE(timer.is_alive());
  go_on.release();
  timer.join();
  EXPECT_FALSE(timer.is_alive());
}

TEST(Timer, TellsEveryThreadWhetherItIsAlive) {
  Timer timer(10ms, [] {});
  timer.start();
  std::thread curious([&timer] {
    timer.is_alive();
    std::this_thread::sleep_for(5s);
    EXPECT_FALSE(timer.is_alive());
  });
  curious.join();
}

TEST(Timer, NeverRunsWhenCancelledBeforeTheStart) {
  bool called = false;
  Timer timer(10ms, [&] { called = true; });
  timer.cancel();
  timer.start();
  EXPECT_FALSE(timer.is_alive());
  timer.join();
  std::this_thread::sleep_for(5s);
  EXPECT_FALSE(called);
}

TEST(Timer, NeverRunsWhenCancelledWhileItCounts) {
  bool called = false;
  const auto start = std::chrono::steady_clock::now();
  {
    Timer timer(24h, [&] { called = true; });
    timer.start();
    timer.cancel();
    timer.join();
    EXPECT_FALSE(timer.is_alive());
  }
  EXPECT_FALSE(called);
  EXPECT_LE(since(start), 1h) << "who destroys a cancelled timer does not wait for its interval";
}

TEST(Timer, LetsThoseGoWhoJoinWhenItIsCancelled) {
  Timer timer(24h, [] {});
  timer.start();
  const auto start = std::chrono::steady_clock::now();
  std::thread joiner([&timer] { timer.join(); });
  std::this_thread::sleep_for(5s);
  timer.cancel();
  joiner.join();
  EXPECT_LE(since(start), 1h);
}

TEST(Timer, DoesNotMindACancelWhileItsFunctionRuns) {
  std::binary_semaphore running(0);
  std::binary_semaphore go_on(0);
  bool ended = false;
  Timer timer(10ms, [&] {
    running.release();
    go_on.acquire();
    ended = true;
  });
  timer.start();
  running.acquire();
  timer.cancel();
  EXPECT_TRUE(timer.is_alive()) << "the function still runs";
  go_on.release();
  timer.join();
  EXPECT_TRUE(ended);
}

TEST(Timer, DoesNotMindACancelAfterTheEnd) {
  std::atomic<int> calls{0};
  Timer timer(10ms, [&] { ++calls; });
  timer.start();
  timer.join();
  timer.cancel();
  timer.join();
  EXPECT_EQ(calls, 1);
}

TEST(Timer, MayBeCancelledByItsOwnFunction) {
  Timer* self = nullptr;
  std::atomic<int> calls{0};
  Timer timer(10ms, [&] {
    self->cancel();
    ++calls;
  });
  self = &timer;
  timer.start();
  timer.join();
  EXPECT_EQ(calls, 1);
}

TEST(Timer, RefusesToBeJoinedByItsOwnFunction) {
  Timer* self = nullptr;
  bool refused = false;
  std::binary_semaphore asked(0);
  Timer timer(10ms, [&] {
    try {
      self->join();
    } catch (const std::logic_error&) {
      refused = true;
    }
    asked.release();
  });
  self = &timer;
  timer.start();
  asked.acquire();  // the timer's thread knows no more of start() than the timer tells it
  timer.join();
  EXPECT_TRUE(refused);
}

TEST(Timer, RefusesASecondStartAndAJoinBeforeTheFirst) {
  Timer timer(24h, [] {});
  EXPECT_THROW(timer.join(), std::logic_error);
  timer.start();
  EXPECT_THROW(timer.start(), std::logic_error);
  timer.cancel();
}

TEST(Timer, RunsOnceOrNeverWhenCancelRacesWithTheInterval) {
  std::atomic<int> calls{0};
  Timer timer(10ms, [&] { ++calls; });
  timer.start();
  std::this_thread::sleep_for(10ms);
  timer.cancel();
  timer.join();
  const int after_join = calls;
  EXPECT_LE(after_join, 1);
  std::this_thread::sleep_for(5s);
  EXPECT_EQ(calls, after_join) << "the function ran after join() had returned";
}

TEST(Timer, WaitsInItsDestructorForARunningFunction) {
  bool ended = false;
  {
    std::binary_semaphore running(0);
    Timer timer(10ms, [&] {
      running.release();
      std::this_thread::sleep_for(100ms);
      ended = true;
    });
    timer.start();
    running.acquire();
  }
  EXPECT_TRUE(ended);
}

TEST(Lesson, TheDelayedTaskIsSubmittedRunsAndIsOver) {
  std::string said;
  const auto start = std::chrono::steady_clock::now();
  delayed_task([&](std::string_view what) {
    if (what == "submitted") trace::event("said.submitted");
    if (what == "over") trace::event("said.over");
    said.append(what).append(" ");
  });
  EXPECT_EQ(said, "submitted running over ");
  EXPECT_GE(since(start), 13s);
}
