// Scenarios for harness_test: each shows one thing that a run can do.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "harness/scenario.hpp"
#include "protocol/channel.hpp"

namespace {

// As a static object of a submission would: all bits set when there is nothing to be read.
std::uint64_t read_key_early() {
  std::uint64_t key = ~std::uint64_t{0};
  const char* path = std::getenv(grader::protocol::kChannelVariable);
  const int fd = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  const off_t place = offsetof(grader::protocol::ChannelHeader, options) +
                      offsetof(grader::protocol::RunOptions, closing_key);
  if (pread(fd, &key, sizeof key, place) != sizeof key) key = ~std::uint64_t{0};
  close(fd);
  return key;
}

const std::uint64_t g_key_seen_early = read_key_early();

}  // namespace

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

TEST(Sample, LooksForTheKeyBeforeMain) { EXPECT_EQ(g_key_seen_early, 0U); }
