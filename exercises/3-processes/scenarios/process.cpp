// What a Process must do: run beside its parent, end with a code, and be found to have ended.
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "harness/scenario.hpp"
#include "processes.hpp"
#include "scenarios/surroundings.hpp"

using namespace std::chrono_literals;

namespace {

/// A target that does not end by itself.
int sleep_for_ever() {
  for (;;) std::this_thread::sleep_for(24h);
}

class Square : public Process {
 public:
  explicit Square(int side) : Process("square"), side_(side) {}
  int run() override { return side_ * side_; }

 private:
  int side_;
};

}  // namespace

TEST(Process, RunsItsTargetInAProcessOfItsOwn) {
  SharedNumber runner;
  int copied = 1;
  Process child("child", [&] {
    *runner = getpid();
    copied = 2;
    return 3;
  });
  EXPECT_EQ(child.name(), "child");
  child.start();
  const pid_t pid = child.pid();
  child.join();
  EXPECT_EQ(*runner, pid);
  EXPECT_NE(*runner, getpid()) << "the target ran in the parent";
  EXPECT_EQ(copied, 1) << "what the child writes into its copy stays there";
  EXPECT_EQ(child.exitcode(), 3);
  EXPECT_EQ(child.pid(), pid) << "the number is still known after the end";
}

TEST(Process, RunsWhatADerivedClassOverrides) {
  Square seven(7);
  Square two(2);
  seven.start();
  two.start();
  seven.join();
  two.join();
  EXPECT_EQ(seven.name(), "square");
  EXPECT_EQ(seven.exitcode(), 49);
  EXPECT_EQ(two.exitcode(), 4);
}

TEST(Process, IsNothingBeforeItIsStarted) {
  Process child("child", [] { return 0; });
  EXPECT_FALSE(child.is_alive());
  EXPECT_EQ(child.exitcode(), std::nullopt);
  EXPECT_EQ(child.pid(), 0);
  child.terminate();
  EXPECT_THROW(child.join(), std::logic_error);
  EXPECT_THROW(child.join_for(1ms), std::logic_error);
  child.start();
  EXPECT_THROW(child.start(), std::logic_error);
  child.join();
  child.join();
  EXPECT_EQ(child.exitcode(), 0);
  EXPECT_THROW(child.start(), std::logic_error);
}

TEST(Process, IsAliveUntilItHasEnded) {
  Mailbox gate;
  Process child("child", [&] { return static_cast<int>(gate.pick_up()); });
  child.start();
  EXPECT_TRUE(child.is_alive());
  EXPECT_EQ(child.exitcode(), std::nullopt);
  gate.leave(0);
  child.join();
  EXPECT_FALSE(child.is_alive());
  EXPECT_EQ(child.exitcode(), 0);
}

TEST(Process, IsFoundToHaveEndedByAskingAgainAndAgain) {
  Process first("first", [] { return 5; });
  Process second("second", [] { return 6; });
  first.start();
  second.start();
  while (first.is_alive()) std::this_thread::sleep_for(20ms);
  while (!second.exitcode()) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(first.exitcode(), 5);
  EXPECT_EQ(second.exitcode(), 6);
  first.join();
  EXPECT_TRUE(second.join_for(24h));
}

TEST(Process, KeepsTheCodesOfSeveralApart) {
  Mailbox gate;
  Process waits("waits", [&] { return static_cast<int>(gate.pick_up()); });
  Process ends("ends", [] { return 2; });
  waits.start();
  ends.start();
  ends.join();
  EXPECT_EQ(ends.exitcode(), 2);
  EXPECT_TRUE(waits.is_alive()) << "one ended, and the other one was taken for it";
  gate.leave(1);
  waits.join();
  EXPECT_EQ(waits.exitcode(), 1);
}

TEST(ExitCode, SaysHowItEnded) {
  Process three("three", [] { return 3; });
  Process thrower("thrower", []() -> int { throw std::runtime_error("not caught by run"); });
  Process killed("killed", []() -> int {
    std::raise(SIGKILL);
    return 0;
  });
  Process sleeper("sleeper", sleep_for_ever);
  for (Process* child : {&three, &thrower, &killed, &sleeper}) {
    child->start();
    if (child->pid() > 0) trace::name_process(child->pid(), child->name());
  }
  sleeper.terminate();
  for (Process* child : {&three, &thrower, &killed, &sleeper}) child->join();
  EXPECT_EQ(three.exitcode(), 3);
  EXPECT_EQ(thrower.exitcode(), 1);
  EXPECT_EQ(killed.exitcode(), -SIGKILL);
  EXPECT_EQ(sleeper.exitcode(), -SIGTERM);
}

TEST(Join, ReturnsWhenTheProcessHasEnded) {
  Process child("child", [] {
    std::this_thread::sleep_for(5s);
    trace::event("run.end");
    return 0;
  });
  child.start();
  child.join();
  trace::event("over");
}

TEST(Join, IsDoneByTheDestructor) {
  {
    Process child("child", [] {
      std::this_thread::sleep_for(5s);
      trace::event("run.end");
      return 0;
    });
    child.start();
    Process never_started("never started", [] { return 0; });
  }
  trace::event("over");
}

TEST(TimeOut, GivesUpAndLeavesTheProcessAlone) {
  Process child("child", sleep_for_ever);
  child.start();
  EXPECT_FALSE(child.join_for(50ms));
  EXPECT_TRUE(child.is_alive());
  EXPECT_EQ(child.exitcode(), std::nullopt);
  child.terminate();
  EXPECT_TRUE(child.join_for(24h));
  EXPECT_EQ(child.exitcode(), -SIGTERM);
  EXPECT_TRUE(child.join_for(0ms));
}

TEST(TimeOut, WaitsNoLongerThanTheProcessTakes) {
  const auto start = std::chrono::steady_clock::now();
  Process child("child", [] {
    std::this_thread::sleep_for(100ms);
    return 4;
  });
  child.start();
  EXPECT_TRUE(child.join_for(24h));
  EXPECT_EQ(child.exitcode(), 4);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1h);
}

TEST(Terminate, SparesANumberThatIsFreeAgain) {
  Process joined("joined", [] { return 0; });
  joined.start();
  joined.join();
  trace::event("spent");
  joined.terminate();
  Process asked("asked", [] { return 0; });
  asked.start();
  while (asked.is_alive()) std::this_thread::sleep_for(20ms);
  asked.terminate();
  EXPECT_EQ(joined.exitcode(), 0);
  EXPECT_EQ(asked.exitcode(), 0);
}
