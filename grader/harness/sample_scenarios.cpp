// Scenarios for harness_test: each shows one thing that a run can do.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "harness/scenario.hpp"

TEST(Sample, Passes) {
  trace::event("step.one", {{"task", 3}, {"who", "alice"}});
  trace::event("step.two");
}

TEST(Sample, Fails) { EXPECT_EQ(1, 2) << "one is not two"; }

TEST(Sample, LeavesByExitZero) { std::exit(0); }

TEST(Sample, LeavesAZombie) {
  const pid_t pid = fork();
  if (pid == 0) _exit(7);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
}

TEST(Sample, RunsAShell) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", "exit 3", nullptr);
    _exit(127);
  }
  trace::name_process(pid, "shell");
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST(Sample, StartsAThread) {
  std::thread([] { trace::event("inside"); }).join();
}

TEST(Sample, MarksWithABadAttribute) { trace::event("x", {{"a=b", 1}}); }
