#include "sandbox/sandbox.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/posix.hpp"

namespace grader {
namespace {

using testing::HasSubstr;

/// Runs a shell script in a fresh directory.
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sandbox.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    request_.working_directory = directory_;
    request_.limits.wall_ms = 20'000;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  ProcessOutcome shell(const std::string& script) {
    request_.arguments = {"sh", "-c", script};
    return run_in_sandbox(request_);
  }

  /// Whether a process still holds the lock on `file`, which it was given for life.
  [[nodiscard]] bool is_locked(const std::string& file) const {
    const Fd fd(open((directory_ / file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    return flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
  }

  std::filesystem::path directory_;
  ProcessRequest request_;
};

template <typename T>
const T& as(const Termination& termination) {
  static const T nothing{};
  EXPECT_TRUE(std::holds_alternative<T>(termination)) << to_text(termination);
  const T* found = std::get_if<T>(&termination);
  return found != nullptr ? *found : nothing;
}

TEST_F(SandboxTest, GivesTheExitStatusAndBothOutputs) {
  const ProcessOutcome outcome = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 3);
  EXPECT_EQ(outcome.stdout_text, "out\n");
  EXPECT_EQ(outcome.stderr_text, "err\n");
}

TEST_F(SandboxTest, NamesTheSignalThatKilledTheProgram) {
  EXPECT_EQ(as<Signalled>(shell("kill -SEGV $$").termination).signal, SIGSEGV);
  EXPECT_EQ(as<Signalled>(shell("kill -ABRT $$").termination).signal, SIGABRT);
}

TEST_F(SandboxTest, TellsAProgramThatCannotBeStartedFromOneThatFailed) {
  request_.arguments = {"/nowhere/program"};
  const ProcessOutcome outcome = run_in_sandbox(request_);
  EXPECT_THAT(as<SandboxFailed>(outcome.termination).reason,
              testing::AllOf(HasSubstr("executing it"), HasSubstr("No such file")));
  EXPECT_EQ(as<Exited>(shell("exit 127").termination).code, 127);
}

TEST_F(SandboxTest, NamesTheSetUpStepThatFailed) {
  request_.working_directory = directory_ / "nowhere";
  EXPECT_THAT(as<SandboxFailed>(shell("true").termination).reason,
              HasSubstr("entering its directory"));
}

TEST_F(SandboxTest, EndsAProgramThatRunsForEverAtItsWallLimit) {
  request_.limits.wall_ms = 100;
  EXPECT_EQ(as<LimitExceeded>(shell("sleep 1000").termination).limit, "wall");
}

TEST_F(SandboxTest, EndsAProgramThatStopsItself) {
  request_.limits.wall_ms = 100;
  EXPECT_EQ(as<LimitExceeded>(shell("kill -STOP $$").termination).limit, "wall");
}

TEST_F(SandboxTest, EndsABusyLoopAtItsCpuLimit) {
  request_.limits.cpu_ms = 200;
  EXPECT_EQ(as<LimitExceeded>(shell("while :; do :; done").termination).limit, "cpu");
}

TEST_F(SandboxTest, CountsTheCpuOfAllProcessesTogether) {
  request_.limits.cpu_ms = 300;
  const ProcessOutcome outcome =
      shell("for i in 1 2 3; do (while :; do :; done) & done; while :; do :; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "cpu");
}

TEST_F(SandboxTest, CutsAFloodOfOutput) {
  request_.limits.output_bytes = 10'000;
  const ProcessOutcome outcome = shell("while :; do echo flood; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "output");
  EXPECT_LE(outcome.stdout_text.size(), 10'000U);
}

TEST_F(SandboxTest, CutsAFloodOfAProgramThatIgnoresTheSignal) {
  request_.limits.output_bytes = 10'000;
  const ProcessOutcome outcome = shell("trap '' XFSZ; while :; do echo flood 2>&1; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "output");
}

TEST_F(SandboxTest, EndsAProgramThatTakesTooMuchMemory) {
  request_.limits.memory_bytes = 64 << 20;
  request_.arguments = {"python3", "-c", "x=bytearray(200<<20)\nwhile True: pass"};
  if (std::system("command -v python3 >/dev/null") != 0) GTEST_SKIP() << "python3 is not there";
  EXPECT_EQ(as<LimitExceeded>(run_in_sandbox(request_).termination).limit, "memory");
}

TEST_F(SandboxTest, EndsAProgramThatStartsTooManyProcesses) {
  request_.limits.processes = 64;
  const ProcessOutcome outcome = shell(
      "i=0; while [ $i -lt 100 ]; do (exec 9>held; flock 9; sleep 1000) & i=$((i+1)); done; wait");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "processes");
  EXPECT_FALSE(is_locked("held"));
}

TEST_F(SandboxTest, KillsADaemonThatLeftItsSession) {
  const ProcessOutcome outcome = shell(
      "setsid sh -c 'exec 9>held; flock 9; : >ready; sleep 1000' & "
      "while ! [ -e ready ]; do sleep 0.01; done; exit 0");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 0);
  EXPECT_GE(outcome.orphans, 1U);
  EXPECT_FALSE(is_locked("held"));
}

TEST_F(SandboxTest, TellsAZombieFromAnOrphan) {
  // The exec'd sleep never waits for its child, which ends first.
  const ProcessOutcome outcome = shell("sh -c 'exit 7' & exec sleep 0.2");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 0);
  EXPECT_EQ(outcome.zombies, 1U);
  EXPECT_EQ(outcome.orphans, 0U);
}

TEST_F(SandboxTest, LeavesNothingBehindAfterACleanRun) {
  const ProcessOutcome outcome = shell("sh -c 'exit 7' & wait");
  EXPECT_EQ(outcome.zombies, 0U);
  EXPECT_EQ(outcome.orphans, 0U);
}

TEST_F(SandboxTest, PassesOnNothingOfTheGradersEnvironment) {
  setenv("GRADER_SECRET", "x", 1);
  request_.environment = {{"GIVEN", "yes"}, {"LANG", "C"}};
  const ProcessOutcome outcome = shell("env | sed 's/=.*//' | sort | tr '\\n' ' '; echo $LANG");
  unsetenv("GRADER_SECRET");
  EXPECT_EQ(outcome.stdout_text, "GIVEN HOME LANG PATH PWD C\n");
}

TEST_F(SandboxTest, GivesAnEmptyStandardInputAndNoOtherDescriptors) {
  EXPECT_EQ(shell("cat; ls /proc/$$/fd | tr '\\n' ' '").stdout_text, "0 1 2 ");
}

TEST_F(SandboxTest, KeepsTheVerdictOfAProgramThatClosesItsOutputs) {
  EXPECT_EQ(as<Exited>(shell("exec 0<&- 1>&- 2>&-; exit 4").termination).code, 4);
}

TEST_F(SandboxTest, FixesTheAddressLayout) {
  const std::string script = "grep -m1 stack /proc/self/maps";
  EXPECT_EQ(shell(script).stdout_text, shell(script).stdout_text);
}

TEST_F(SandboxTest, RunsSideBySideWithoutMixingThemUp) {
  constexpr int kRuns = 8;
  std::vector<ProcessOutcome> outcomes(kRuns);
  std::vector<std::thread> threads;
  for (int i = 0; i < kRuns; ++i) {
    threads.emplace_back([&, i] {
      ProcessRequest request = request_;
      request.arguments = {"sh", "-c", "echo " + std::to_string(i) + "; exit " + std::to_string(i)};
      outcomes[static_cast<std::size_t>(i)] = run_in_sandbox(request);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kRuns; ++i) {
    const ProcessOutcome& outcome = outcomes[static_cast<std::size_t>(i)];
    EXPECT_EQ(as<Exited>(outcome.termination).code, i);
    EXPECT_EQ(outcome.stdout_text, std::to_string(i) + "\n");
  }
}

TEST_F(SandboxTest, EndsTheRunWhenTheGraderItselfIsKilled) {
  // In another process: it is the grader that dies here.
  const pid_t grader = fork();
  if (grader == 0) {
    shell("exec 9>held; flock 9; : >ready; sleep 1000");
    _exit(0);
  }
  const auto wait_until = [](const auto& condition) {
    for (int tries = 0; tries < 1000 && !condition(); ++tries) usleep(10'000);
    return condition();
  };
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(directory_ / "ready"); }));
  ASSERT_TRUE(is_locked("held"));
  kill(grader, SIGKILL);
  ASSERT_EQ(waitpid(grader, nullptr, 0), grader);
  EXPECT_TRUE(wait_until([&] { return !is_locked("held"); }));
}

TEST_F(SandboxTest, CountsTheCpuOfTheRun) {
  request_.limits.cpu_ms = 200;
  EXPECT_GE(shell("while :; do :; done").cpu_us, 150'000);
}

}  // namespace
}  // namespace grader
