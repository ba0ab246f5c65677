#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/posix.hpp"
#include "protocol/channel.hpp"

namespace grader {
namespace {

using protocol::Channel;
using protocol::Event;
using protocol::EventKind;

constexpr std::uint64_t kKey = 0x1234'5678'9abcULL;

/// Runs a scenario of harness_sample with a channel of its own.
class ScenarioRun {
 public:
  explicit ScenarioRun(const std::string& argument, const std::string& asked_for = "") {
    protocol::ChannelSizes sizes;
    sizes.events = 1000;
    sizes.text_bytes = 1U << 16U;
    sizes.choices = 16;
    sizes.arena_bytes = 4096;
    size_ = protocol::channel_total_size(sizes);
    memory_ = std::move(make_memory_file("channel").value());
    EXPECT_EQ(ftruncate(memory_.get(), static_cast<off_t>(size_)), 0);
    base_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
    channel_ = Channel::format(base_, sizes);
    channel_.header().options.closing_key = kKey;
    protocol::RunOptions& options = channel_.header().options;
    asked_for.copy(options.scenario, sizeof options.scenario - 1);
    start(argument);
  }
  ~ScenarioRun() { munmap(base_, size_); }

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const protocol::ChannelHeader& header() const { return channel_.header(); }
  [[nodiscard]] std::vector<Event> events(EventKind kind) const {
    std::vector<Event> found;
    for (std::uint64_t i = 0; i < channel_.header().events_used; ++i) {
      if (channel_.events()[i].kind == kind) found.push_back(channel_.events()[i]);
    }
    return found;
  }
  [[nodiscard]] std::string text(const Event& event) const {
    return {channel_.text() + event.text_offset, event.text_size};
  }

 private:
  void start(const std::string& argument) {
    const std::string path =
        "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(memory_.get());
    const pid_t pid = fork();
    if (pid == 0) {
      setenv(protocol::kChannelVariable, path.c_str(), 1);
      setenv("LD_PRELOAD", HARNESS_WATCH, 1);
      alarm(30);
      execl(HARNESS_SAMPLE, HARNESS_SAMPLE, argument.c_str(), nullptr);
      _exit(126);
    }
    EXPECT_EQ(waitpid(pid, &status_, 0), pid);
  }

  Fd memory_;
  void* base_ = nullptr;
  std::size_t size_ = 0;
  Channel channel_;
  int status_ = 0;
};

TEST(Harness, ClosesAPassedRunWithTheKeyOfTheRun) {
  const ScenarioRun run("Sample.Passes");
  EXPECT_EQ(WEXITSTATUS(run.status()), 0);
  ASSERT_EQ(run.events(EventKind::closing).size(), 1U);
  EXPECT_EQ(static_cast<std::uint64_t>(run.events(EventKind::closing)[0].value), kKey);
}

TEST(Harness, RunsTheScenarioThatTheChannelAsksForAndSaysWhichItWas) {
  const ScenarioRun run("--as-asked", "Sample.Passes");
  EXPECT_EQ(WEXITSTATUS(run.status()), 0);
  ASSERT_EQ(run.events(EventKind::test_end).size(), 1U);
  EXPECT_EQ(run.text(run.events(EventKind::test_end)[0]), "Sample.Passes");
}

TEST(Harness, RunsNothingWhenTheChannelAsksForNoScenarioThatItKnows) {
  for (const char* asked : {"", "Sample.NoSuch", "Sample.*"}) {
    const ScenarioRun run("--as-asked", asked);
    EXPECT_EQ(WEXITSTATUS(run.status()), 2) << asked;
    EXPECT_TRUE(run.events(EventKind::closing).empty()) << asked;
  }
}

TEST(Harness, TakesTheKeyOutOfTheChannelBeforeTheScenarioRuns) {
  EXPECT_EQ(ScenarioRun("Sample.Passes").header().options.closing_key, 0U);
}

TEST(Harness, TakesTheKeyOutOfTheChannelBeforeAnyStaticObject) {
  const ScenarioRun run("Sample.LooksForTheKeyBeforeMain");
  EXPECT_EQ(WEXITSTATUS(run.status()), 0);
  EXPECT_EQ(run.events(EventKind::closing).size(), 1U);
}

TEST(Harness, RecordsMarksInOrderWithTheirAttributes) {
  const ScenarioRun run("Sample.Passes");
  const std::vector<Event> marks = run.events(EventKind::mark);
  ASSERT_EQ(marks.size(), 2U);
  EXPECT_STREQ(marks[0].name, "step.one");
  EXPECT_EQ(run.text(marks[0]), "task=3;who=alice");
  EXPECT_STREQ(marks[1].name, "step.two");
  EXPECT_LE(marks[0].time_ns, marks[1].time_ns);
}

TEST(Harness, RecordsAFailedAssertionWithFileAndLine) {
  const ScenarioRun run("Sample.Fails");
  EXPECT_EQ(WEXITSTATUS(run.status()), 1);
  const std::vector<Event> failed = run.events(EventKind::test_assertion);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(run.text(failed[0]).rfind("sample_scenarios.cpp:", 0), 0U) << run.text(failed[0]);
  EXPECT_NE(run.text(failed[0]).find("one is not two"), std::string::npos);
  ASSERT_EQ(run.events(EventKind::test_end).size(), 1U);
  EXPECT_EQ(run.events(EventKind::test_end)[0].value, 1);
}

TEST(Harness, LeavesNoClosingRecordWhenTheCodeExitsWithStatusZero) {
  const ScenarioRun run("Sample.LeavesByExitZero");
  EXPECT_EQ(WEXITSTATUS(run.status()), 0);
  EXPECT_TRUE(run.events(EventKind::closing).empty());
}

TEST(Harness, ReportsAZombieWithItsExitCode) {
  const ScenarioRun run("Sample.LeavesAZombie");
  const std::vector<Event> exits = run.events(EventKind::process_exit);
  ASSERT_EQ(exits.size(), 1U);
  EXPECT_EQ(exits[0].value, 7);
  EXPECT_EQ(exits[0].flags, protocol::kUnreaped);
}

TEST(Harness, RecordsTheLifeOfAChildProcess) {
  const ScenarioRun run("Sample.RunsAShell");
  ASSERT_EQ(run.events(EventKind::process_start).size(), 1U);
  ASSERT_GE(run.events(EventKind::process_exec).size(), 1U);
  EXPECT_STREQ(run.events(EventKind::process_exec)[0].name, "sh");
  const std::vector<Event> reaped = run.events(EventKind::process_reaped);
  ASSERT_EQ(reaped.size(), 1U);
  EXPECT_EQ(WEXITSTATUS(static_cast<int>(reaped[0].value)), 3);
  EXPECT_EQ(reaped[0].object, run.events(EventKind::process_exec)[0].process);
}

TEST(Harness, RecordsTheLifeOfAThread) {
  const ScenarioRun run("Sample.StartsAThread");
  const std::vector<Event> starts = run.events(EventKind::thread_start);
  const std::vector<Event> marks = run.events(EventKind::mark);
  ASSERT_EQ(starts.size(), 1U);
  ASSERT_EQ(run.events(EventKind::thread_exit).size(), 1U);
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks[0].thread, starts[0].thread);
}

TEST(Harness, FailsAScenarioThatMarksWithABadAttribute) {
  const ScenarioRun run("Sample.MarksWithABadAttribute");
  EXPECT_EQ(WEXITSTATUS(run.status()), 1);
  EXPECT_TRUE(run.events(EventKind::mark).empty());
}

TEST(Harness, RefusesAScenarioThatDoesNotExist) {
  EXPECT_EQ(WEXITSTATUS(ScenarioRun("Sample.Nothing").status()), 2);
}

}  // namespace
}  // namespace grader
