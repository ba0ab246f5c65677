// One child process: starting it, its return code, its end.
#include "popen.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "harness/scenario.hpp"
#include "scenarios/surroundings.hpp"
#include "scenarios/time_scale.hpp"

namespace {

int error_of_starting(const Command& command) {
  try {
    Popen child(command);
    child.wait();
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
}

}  // namespace

TEST(Popen, RunsAProgramWithItsArguments) {
  Popen child({{"printf", "<%s>", "two words", "*", ""}});
  const Output output = child.communicate();
  EXPECT_EQ(output.out, "<two words><*><>");
  EXPECT_EQ(output.err, "");
  EXPECT_EQ(child.returncode(), 0);
}

TEST(Popen, RunsAShellCommandAndKeepsItsOutputsApart) {
  Popen child(Command::shell("echo one; echo two >&2; echo three"));
  const Output output = child.communicate();
  EXPECT_EQ(output.out, "one\nthree\n");
  EXPECT_EQ(output.err, "two\n");
}

TEST(Popen, SetsTheEnvironmentAndTheDirectory) {
  Command command = Command::shell("echo $COLOUR $SHAPE; pwd");
  command.environment = {{"COLOUR", "blue"}};
  command.working_directory = "/";
  setenv("SHAPE", "round", 1);
  setenv("COLOUR", "red", 1);
  Popen child(command);
  EXPECT_EQ(child.communicate().out, "blue round\n/\n");
  EXPECT_NE(std::filesystem::current_path(), "/") << "the parent was moved too";
  EXPECT_STREQ(getenv("COLOUR"), "red") << "the parent was changed too";
}

TEST(Popen, SaysWhyAChildCannotBeStarted) {
  EXPECT_EQ(error_of_starting({{"no-such-program"}}), ENOENT);
  EXPECT_EQ(error_of_starting({{"/"}}), EACCES);
  Command nowhere{{"true"}};
  nowhere.working_directory = "/no/such/directory";
  EXPECT_EQ(error_of_starting(nowhere), ENOENT);
}

TEST(Popen, KnowsWhetherItsChildRuns) {
  Popen child({{"cat"}});
  ASSERT_GT(child.pid(), 0);
  EXPECT_EQ(kill(child.pid(), 0), 0) << "there is no process " << child.pid();
  EXPECT_EQ(child.poll(), std::nullopt);
  EXPECT_EQ(child.returncode(), std::nullopt);
  EXPECT_EQ(child.communicate("ends cat\n").out, "ends cat\n");
  EXPECT_EQ(child.returncode(), 0);
  EXPECT_EQ(child.poll(), 0);
}

TEST(ReturnCode, IsTheExitStatus) {
  Popen child(Command::shell("exit 3"));
  EXPECT_EQ(child.wait(), 3);
  EXPECT_EQ(child.wait(), 3);
  EXPECT_EQ(child.poll(), 3);
  EXPECT_EQ(child.returncode(), 3);
  EXPECT_EQ(child.wait_for(kNever), 3);
}

TEST(ReturnCode, IsMinusTheSignal) {
  Popen asked(sleep_for(kNever));
  trace::name_process(asked.pid(), "sleeper");
  asked.terminate();
  EXPECT_EQ(asked.wait(), -SIGTERM);
  Popen killed(sleep_for(kNever));
  trace::name_process(killed.pid(), "killed");
  killed.kill();
  EXPECT_EQ(killed.wait(), -SIGKILL);
  Popen interrupted(sleep_for(kNever));
  trace::name_process(interrupted.pid(), "interrupted");
  interrupted.send_signal(SIGINT);
  EXPECT_EQ(interrupted.wait(), -SIGINT);
}

TEST(ReturnCode, IsFoundByAskingAgainAndAgain) {
  Popen child({{"true"}});
  while (!child.poll()) {
    if (child.pid() <= 0) GTEST_FAIL() << "there is no child";
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(child.returncode(), 0);
}

TEST(ReturnCode, IsToldToAllWhoWait) {
  Popen child({{"cat"}});
  ASSERT_GT(child.pid(), 0);
  std::optional<int> first;
  std::optional<int> second;
  std::optional<int> third;
  std::thread waiting([&] { first = child.wait(); });
  std::thread waiting_too([&] { second = child.wait(); });
  std::thread waiting_with_limit([&] { third = child.wait_for(kNever); });
  // By now they wait, as a rule; it goes well also if they do not.
  std::this_thread::sleep_for(kSoon);
  EXPECT_EQ(child.returncode(), std::nullopt);
  EXPECT_EQ(child.poll(), std::nullopt);
  child.terminate();
  waiting.join();
  waiting_too.join();
  waiting_with_limit.join();
  EXPECT_EQ(first, -SIGTERM);
  EXPECT_EQ(second, -SIGTERM);
  EXPECT_EQ(third, -SIGTERM);
}

// Who asks does nothing else, so that only a lock within the question orders it with the wait.
TEST(ReturnCode, CanBeAskedWhileSomebodyWaits) {
  Popen child({{"cat"}});
  ASSERT_GT(child.pid(), 0);
  std::optional<int> answer;
  std::thread asking([&] { answer = child.returncode(); });
  child.terminate();
  EXPECT_EQ(child.wait(), -SIGTERM);
  asking.join();
  EXPECT_EQ(answer.value_or(-SIGTERM), -SIGTERM);
}

TEST(ReturnCode, OnceKnownNobodyIsSignalled) {
  Popen child({{"true"}});
  EXPECT_EQ(child.wait(), 0);
  child.terminate();
  child.kill();
  EXPECT_EQ(child.stop(kNever), 0);
  trace::event("signals.spent");
}

TEST(TimeOut, EndsTheWaitAndNotTheChild) {
  Popen child({{"cat"}});
  EXPECT_EQ(child.wait_for(kSoon), std::nullopt);
  EXPECT_EQ(child.poll(), std::nullopt);
  EXPECT_EQ(child.communicate("still here").out, "still here");
  EXPECT_EQ(child.returncode(), 0);
}

TEST(TimeOut, LosesNoOutput) {
  Gate gate;
  Popen child(Command::shell("echo first; read line < " + gate.path() + "; echo last; cat"));
  EXPECT_EQ(child.communicate_for("input", kSoon), std::nullopt);
  EXPECT_EQ(child.communicate_for("", std::chrono::milliseconds(1)), std::nullopt);
  ASSERT_TRUE(gate.open());
  const std::optional<Output> output = child.communicate_for("", kNever);
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->out, "first\nlast\ninput");
  EXPECT_EQ(child.returncode(), 0);
}

TEST(TimeOut, CountsUntilTheChildHasEnded) {
  // It closes its outputs, but lives on.
  Popen child(Command::shell("exec sleep 3600 >&- 2>&-"));
  trace::name_process(child.pid(), "daemon");
  EXPECT_EQ(child.communicate_for("", kSoon), std::nullopt);
  EXPECT_EQ(child.stop(kNever), -SIGTERM);
  EXPECT_EQ(child.communicate().out, "");
}

TEST(Stop, AsksFirst) {
  Popen child(sleep_for(kNever));
  trace::name_process(child.pid(), "sleeper");
  EXPECT_EQ(child.stop(kNever), -SIGTERM);
}

TEST(Stop, LetsAChildTidyUp) {
  Gate ready;
  Popen child(Command::shell("trap 'exit 5' TERM; echo > " + ready.path() +
                             "; while true; do sleep 0.05; done"));
  trace::name_process(child.pid(), "tidy");
  if (child.pid() > 0) ready.pass();
  EXPECT_EQ(child.stop(kNever), 5);
}

TEST(Stop, KillsAChildThatTurnsADeafEar) {
  const Ignoring ignoring(SIGTERM);
  Popen child(sleep_for(kNever));
  trace::name_process(child.pid(), "stubborn");
  EXPECT_EQ(child.stop(kSoon), -SIGKILL);
}

TEST(Stop, IsWhatTheDestructorDoes) {
  pid_t pid = 0;
  {
    Popen child(sleep_for(kNever));
    pid = child.pid();
    trace::name_process(pid, "abandoned");
  }
  ASSERT_GT(pid, 0);
  EXPECT_EQ(kill(pid, 0), -1) << "process " << pid << " is still there";
}
