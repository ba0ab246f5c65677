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
#include "sandbox/layers.hpp"

namespace grader {
namespace {

using testing::HasSubstr;

const std::filesystem::path kInit = GRADER_BINARY_DIR "/lib/sandbox_init";

/// Runs a shell script in a fresh directory.
class SandboxTest : public testing::TestWithParam<Isolation> {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sandbox.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    request_.working_directory = directory_;
    request_.limits.wall_ms = 20'000;
    request_.isolation = GetParam();
    request_.writable = {directory_};
    if (GetParam() == Isolation::namespaces && !sandbox::isolation_works().empty()) {
      GTEST_SKIP() << sandbox::isolation_works();
    }
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  ProcessOutcome shell(const std::string& script) {
    request_.arguments = {"sh", "-c", script};
    return run_in_sandbox(request_, kInit);
  }

  /// Whether a process still holds the lock on `file`, which it was given for life.
  [[nodiscard]] bool is_locked(const std::string& file) const {
    const Fd fd(open((directory_ / file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    return flock(fd.get(), LOCK_EX | LOCK_NB) != 0;
  }

  std::filesystem::path directory_;
  ProcessRequest request_;
};

INSTANTIATE_TEST_SUITE_P(, SandboxTest, testing::Values(Isolation::none, Isolation::namespaces),
                         [](const auto& param) {
                           return param.param == Isolation::none ? "None" : "NameSpaces";
                         });

template <typename T>
const T& as(const Termination& termination) {
  static const T nothing{};
  EXPECT_TRUE(std::holds_alternative<T>(termination)) << to_text(termination);
  const T* found = std::get_if<T>(&termination);
  return found != nullptr ? *found : nothing;
}

TEST_P(SandboxTest, GivesTheExitStatusAndBothOutputs) {
  const ProcessOutcome outcome = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 3);
  EXPECT_EQ(outcome.stdout_text, "out\n");
  EXPECT_EQ(outcome.stderr_text, "err\n");
}

TEST_P(SandboxTest, NamesTheSignalThatKilledTheProgram) {
  EXPECT_EQ(as<Signalled>(shell("kill -SEGV $$").termination).signal, SIGSEGV);
  EXPECT_EQ(as<Signalled>(shell("kill -ABRT $$").termination).signal, SIGABRT);
}

TEST_P(SandboxTest, TellsAProgramThatCannotBeStartedFromOneThatFailed) {
  request_.arguments = {"/nowhere/program"};
  const ProcessOutcome outcome = run_in_sandbox(request_, kInit);
  EXPECT_THAT(as<SandboxFailed>(outcome.termination).reason,
              testing::AllOf(HasSubstr("executing it"), HasSubstr("No such file")));
  EXPECT_EQ(as<Exited>(shell("exit 127").termination).code, 127);
}

TEST_P(SandboxTest, NamesTheSetUpStepThatFailed) {
  request_.working_directory = directory_ / "nowhere";
  EXPECT_THAT(as<SandboxFailed>(shell("true").termination).reason,
              HasSubstr("entering its directory"));
}

TEST_P(SandboxTest, EndsAProgramThatRunsForEverAtItsWallLimit) {
  request_.limits.wall_ms = 100;
  EXPECT_EQ(as<LimitExceeded>(shell("sleep 1000").termination).limit, "wall");
}

TEST_P(SandboxTest, EndsAProgramThatStopsItself) {
  request_.limits.wall_ms = 100;
  EXPECT_EQ(as<LimitExceeded>(shell("kill -STOP $$").termination).limit, "wall");
}

TEST_P(SandboxTest, EndsABusyLoopAtItsCpuLimit) {
  request_.limits.cpu_ms = 200;
  EXPECT_EQ(as<LimitExceeded>(shell("while :; do :; done").termination).limit, "cpu");
}

TEST_P(SandboxTest, CountsTheCpuOfAllProcessesTogether) {
  request_.limits.cpu_ms = 300;
  const ProcessOutcome outcome =
      shell("for i in 1 2 3; do (while :; do :; done) & done; while :; do :; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "cpu");
}

TEST_P(SandboxTest, CutsAFloodOfOutput) {
  request_.limits.output_bytes = 10'000;
  const ProcessOutcome outcome = shell("while :; do echo flood; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "output");
  EXPECT_LE(outcome.stdout_text.size(), 10'000U);
}

TEST_P(SandboxTest, CutsAFloodOfAProgramThatIgnoresTheSignal) {
  request_.limits.output_bytes = 10'000;
  const ProcessOutcome outcome = shell("trap '' XFSZ; while :; do echo flood 2>&1; done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "output");
}

TEST_P(SandboxTest, EndsAProgramThatTakesTooMuchMemory) {
  request_.limits.memory_bytes = 64 << 20;
  request_.arguments = {"python3", "-c", "x=bytearray(200<<20)\nwhile True: pass"};
  if (std::system("command -v python3 >/dev/null") != 0) GTEST_SKIP() << "python3 is not there";
  EXPECT_EQ(as<LimitExceeded>(run_in_sandbox(request_, kInit).termination).limit, "memory");
}

TEST_P(SandboxTest, EndsAProgramThatStartsTooManyProcesses) {
  request_.limits.processes = 64;
  const ProcessOutcome outcome = shell(
      "i=0; while [ $i -lt 100 ]; do (exec 9>held; flock 9; sleep 1000) & i=$((i+1)); done; wait");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "processes");
  EXPECT_FALSE(is_locked("held"));
}

TEST_P(SandboxTest, EndsAProgramThatFloodsTheDiskWithFiles) {
  request_.limits.wall_ms = 100'000;
  const ProcessOutcome outcome = shell("i=0; while :; do : >f$i; i=$((i+1)); done");
  EXPECT_EQ(as<LimitExceeded>(outcome.termination).limit, "disk");
}

TEST_P(SandboxTest, LetsAProgramHaveAsManyProcessesAsItsLimitSays) {
  request_.limits.processes = 8;
  const ProcessOutcome outcome =
      shell("for i in 1 2 3 4 5 6 7; do sleep 0.3 & done; wait; echo done");
  EXPECT_EQ(outcome.termination, Termination(Exited{0}));
  EXPECT_EQ(outcome.stdout_text, "done\n");
}

TEST_P(SandboxTest, KillsADaemonThatLeftItsSession) {
  const ProcessOutcome outcome = shell(
      "setsid sh -c 'exec 9>held; flock 9; : >ready; sleep 1000' & "
      "while ! [ -e ready ]; do sleep 0.01; done; exit 0");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 0);
  EXPECT_GE(outcome.orphans, 1U);
  EXPECT_FALSE(is_locked("held"));
}

TEST_P(SandboxTest, TellsAZombieFromAnOrphan) {
  // The exec'd sleep never waits for its child, which ends first.
  const ProcessOutcome outcome = shell("sh -c 'exit 7' & exec sleep 0.2");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 0);
  EXPECT_EQ(outcome.zombies, 1U);
  EXPECT_EQ(outcome.orphans, 0U);
}

TEST_P(SandboxTest, LeavesNothingBehindAfterACleanRun) {
  const ProcessOutcome outcome = shell("sh -c 'exit 7' & wait");
  EXPECT_EQ(outcome.zombies, 0U);
  EXPECT_EQ(outcome.orphans, 0U);
}

TEST_P(SandboxTest, PassesOnNothingOfTheGradersEnvironment) {
  setenv("GRADER_SECRET", "x", 1);
  request_.environment = {{"GIVEN", "yes"}, {"LANG", "C"}};
  const ProcessOutcome outcome = shell("env | sed 's/=.*//' | sort | tr '\\n' ' '; echo $LANG");
  unsetenv("GRADER_SECRET");
  EXPECT_EQ(outcome.stdout_text, "GIVEN HOME LANG PATH PWD C\n");
}

TEST_P(SandboxTest, GivesAnEmptyStandardInputAndNoOtherDescriptors) {
  EXPECT_EQ(shell("cat; ls /proc/$$/fd | tr '\\n' ' '").stdout_text, "0 1 2 ");
}

TEST_P(SandboxTest, KeepsTheVerdictOfAProgramThatClosesItsOutputs) {
  EXPECT_EQ(as<Exited>(shell("exec 0<&- 1>&- 2>&-; exit 4").termination).code, 4);
}

TEST_P(SandboxTest, FixesTheAddressLayout) {
  const std::string script = "grep -m1 stack /proc/self/maps";
  EXPECT_EQ(shell(script).stdout_text, shell(script).stdout_text);
}

TEST_P(SandboxTest, RunsSideBySideWithoutMixingThemUp) {
  constexpr int kRuns = 8;
  std::vector<ProcessOutcome> outcomes(kRuns);
  std::vector<std::thread> threads;
  for (int i = 0; i < kRuns; ++i) {
    threads.emplace_back([&, i] {
      ProcessRequest request = request_;
      request.arguments = {"sh", "-c", "echo " + std::to_string(i) + "; exit " + std::to_string(i)};
      outcomes[static_cast<std::size_t>(i)] = run_in_sandbox(request, kInit);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kRuns; ++i) {
    const ProcessOutcome& outcome = outcomes[static_cast<std::size_t>(i)];
    EXPECT_EQ(as<Exited>(outcome.termination).code, i);
    EXPECT_EQ(outcome.stdout_text, std::to_string(i) + "\n");
  }
}

TEST_P(SandboxTest, EndsTheRunWhenTheGraderItselfIsKilled) {
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

TEST_P(SandboxTest, DoesNotTakeTheGradersMemoryForTheProgramsOwn) {
  // Between fork and exec the child is a copy of the grader, and the samples begin right then.
  const std::vector<char> grown(std::size_t{600} << 20U, 'x');
  request_.limits.memory_bytes = 300 << 20;
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(as<Exited>(shell("exit " + std::to_string(grown[5] == 'x' ? 3 : 4)).termination).code,
              3);
  }
}

using IsolationTest = SandboxTest;
INSTANTIATE_TEST_SUITE_P(, IsolationTest, testing::Values(Isolation::namespaces),
                         [](const auto&) { return "NameSpaces"; });

TEST_P(IsolationTest, ShowsNoFileThatWasNotNamed) {
  const std::string secret = directory_.string() + ".secret";
  ASSERT_TRUE(write_file_atomically(secret, "the solution").ok());
  EXPECT_EQ(shell("cat " + secret).stdout_text, "");
  request_.readable = {secret};
  const ProcessOutcome named = shell("cat " + secret + "; echo x > " + secret + " || echo kept");
  EXPECT_EQ(named.stdout_text, "the solutionkept\n");
  std::filesystem::remove(secret);
}

TEST_P(IsolationTest, ShowsNoAccountAndNoHome) {
  EXPECT_EQ(shell("cat /etc/passwd /etc/shadow; ls /home /root /var").stdout_text, "");
}

TEST_P(IsolationTest, ShowsNoOtherProcess) {
  const ProcessOutcome outcome = shell("ls /proc | grep -c '^[0-9]*$'");
  EXPECT_THAT(outcome.stdout_text, testing::AnyOf("4\n", "3\n")) << "init, sh, ls, grep";
}

TEST_P(IsolationTest, CannotKillWhatIsOutside) {
  const ProcessOutcome outcome = shell("trap '' TERM; kill -TERM -1; exit 5");
  EXPECT_EQ(as<Exited>(outcome.termination).code, 5);
}

TEST_P(IsolationTest, CannotWriteWhereNothingWasGiven) {
  EXPECT_EQ(shell("for d in / /usr /etc /dev /proc/sys/kernel; do echo x > $d/x && echo $d; done")
                .stdout_text,
            "");
}

TEST_P(IsolationTest, BoundsTheMemoryThatLooksLikeADisk) {
  request_.limits.output_bytes = 1 << 20;
  request_.file_bytes_max = 1LL << 30;
  for (const char* place : {"/tmp", "/dev/shm"}) {
    const ProcessOutcome outcome = shell(std::string("head -c 200000000 /dev/zero > ") + place +
                                         "/x; wc -c < " + place + "/x");
    EXPECT_LE(std::stoll(outcome.stdout_text), 64LL << 20) << place;
  }
}

TEST_P(IsolationTest, ReachesNoNetwork) {
  if (std::system("command -v python3 >/dev/null") != 0) GTEST_SKIP() << "python3 is not there";
  request_.arguments = {"python3", "-c",
                        "import socket\n"
                        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):\n"
                        "  try: socket.socket(family, socket.SOCK_STREAM); print('open')\n"
                        "  except PermissionError: print('refused')"};
  EXPECT_EQ(run_in_sandbox(request_, kInit).stdout_text, "refused\nrefused\nrefused\n");
}

TEST_P(IsolationTest, MakesNoNameSpaceOfItsOwn) {
  EXPECT_EQ(shell("unshare -U true && echo out; unshare -m true && echo out").stdout_text, "");
}

TEST_P(IsolationTest, HidesTheDescriptorsOfItsFirstProcess) {
  // Their numbers can be listed where the grader runs as root; none can be opened.
  EXPECT_EQ(shell("for n in 0 1 2 3 4 5 6 7 8 9; do for t in '' 1 2 3; do"
                  " (: >> /proc/1/fd/$t$n) 2>/dev/null && echo $t$n; done; done")
                .stdout_text,
            "");
}

TEST_P(IsolationTest, SaysWhatTheWrapperSaidWhenItCannotStart) {
  request_.readable = {"/nowhere/at/all"};
  EXPECT_THAT(as<SandboxFailed>(shell("true").termination).reason, HasSubstr("/nowhere/at/all"));
}

TEST_P(SandboxTest, CountsTheCpuOfTheRun) {
  request_.limits.cpu_ms = 200;
  EXPECT_GE(shell("while :; do :; done").cpu_us, 150'000);
}

}  // namespace
}  // namespace grader
