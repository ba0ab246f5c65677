#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>

#include "runtime/testing/controlled_program.hpp"

namespace grader {
namespace {

using protocol::EventKind;
using protocol::FindingKind;
using protocol::RunEnd;
using protocol::RunOptions;
using testing::ControlledProgram;
using testing::ControlledRun;
using testing::random_walk;

ControlledProgram shell(const char* command) {
  return ControlledProgram({"/bin/sh", "-c", command});
}

const protocol::Event* find(const ControlledRun& run, EventKind kind, std::uint32_t process) {
  const auto found = std::find_if(run.events.begin(), run.events.end(), [&](const auto& e) {
    return e.kind == kind && e.process == process;
  });
  return found != run.events.end() ? &*found : nullptr;
}

TEST(Processes, SleepInVirtualTimeAndEndWithTheirExitCode) {
  ControlledProgram program = shell("sleep 20; echo A; sleep 10; echo BYE; exit 3");
  const ControlledRun run = program.run(random_walk(1));
  EXPECT_TRUE(run.exited_with(3)) << run.describe();
  EXPECT_EQ(run.virtual_time_ns, 30'000'000'000);
  EXPECT_EQ(run.output, "A\nBYE\n");
}

TEST(Processes, AreTracedByIdsInOrderOfCreationWithTheirNamesAndExitCodes) {
  ControlledProgram program = shell("sleep 1; sh -c 'exit 5'; exit 0");
  const ControlledRun run = program.run(random_walk(1));
  const protocol::Event* exec = find(run, EventKind::process_exec, 2);
  const protocol::Event* exit = find(run, EventKind::process_exit, 3);
  ASSERT_NE(exec, nullptr) << run.describe();
  ASSERT_NE(exit, nullptr) << run.describe();
  EXPECT_STREQ(exec->name, "sleep");
  EXPECT_EQ(exit->value, 5);
  EXPECT_EQ(exit->flags & protocol::kUnreaped, 0);
}

TEST(Processes, InterleaveTheSameWayForTheSameSeed) {
  ControlledProgram program =
      shell("(sleep 1; echo a) & (sleep 1; echo b) & echo c | cat; wait; exit 0");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ControlledRun first = program.run(random_walk(seed));
    const ControlledRun second = program.run(random_walk(seed));
    ASSERT_TRUE(first.exited_with(0)) << first.describe();
    EXPECT_EQ(first.trace_hash, second.trace_hash) << seed;
    EXPECT_EQ(first.output, second.output) << seed;
  }
}

TEST(Processes, DieOfASignalThatTheyAreSent) {
  ControlledProgram program =
      shell("sleep 100 & p=$!; sleep 1; kill $p; wait $p; exit $(($? - 128))");
  const ControlledRun run = program.run(random_walk(3));
  EXPECT_TRUE(run.exited_with(SIGTERM)) << run.describe();
  EXPECT_NE(find(run, EventKind::process_signalled, 2), nullptr);
  EXPECT_EQ(run.virtual_time_ns, 1'000'000'000);
}

TEST(Processes, LeftRunningAtTheEndAreNamed) {
  ControlledProgram program = shell("sleep 100 & exit 0");
  const ControlledRun run = program.run(random_walk(1));
  EXPECT_TRUE(run.exited_with(0)) << run.describe();
  EXPECT_TRUE(run.has(FindingKind::leak)) << run.describe();
}

TEST(Processes, ThatWereSentAFatalSignalAndHaveNoParentAreNotLeftRunning) {
  ControlledProgram program = shell("sh -c 'sleep 100 & kill $!'; exit 0");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ControlledRun run = program.run(random_walk(seed));
    EXPECT_TRUE(run.exited_with(0)) << run.describe();
    EXPECT_FALSE(run.has(FindingKind::leak)) << run.describe();
    EXPECT_EQ(run.reply.leftovers, 0U) << run.describe();
  }
}

TEST(Processes, TakeASignalThatCameBeforeTheEndOfTheChildTheyWaitFor) {
  ControlledProgram program = shell(
      "setsid sh -c 'trap \"exit 4\" TERM; sleep 100; exit 5' & p=$!; sleep 1; "
      "kill $p; kill -- -$p; wait $p; exit $?");
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ControlledRun run = program.run(random_walk(seed));
    EXPECT_TRUE(run.exited_with(4)) << run.describe();
  }
}

// `command` with the path of a program for every %.
ControlledProgram shell_with_static(std::string command) {
  for (std::size_t at = 0; (at = command.find('%')) != std::string::npos;) {
    command.replace(at, 1, GRADER_STATIC_PROGRAM);
  }
  return shell(command.c_str());
}

TEST(Processes, OutsideRunInRealTimeAndVirtualTimeWaitsForThem) {
  ControlledProgram program =
      shell_with_static("echo in | % & sleep 100; echo slept; wait $!; exit $?");
  const ControlledRun run = program.run(random_walk(1));
  EXPECT_TRUE(run.exited_with(7)) << run.describe();
  EXPECT_EQ(run.output, "in\nslept\n");
  EXPECT_EQ(run.virtual_time_ns, 100'000'000'000);
  EXPECT_TRUE(run.has(FindingKind::unsupported_call)) << run.describe();
}

TEST(Processes, OutsideMayWaitForThoseInside) {
  ControlledProgram program =
      shell_with_static("(sleep 5; echo one; sleep 5; echo two) | % | cat; exit 0");
  const ControlledRun run = program.run(random_walk(2));
  EXPECT_TRUE(run.exited_with(0)) << run.describe();
  EXPECT_EQ(run.output, "one\ntwo\n");
  EXPECT_EQ(run.virtual_time_ns, 10'000'000'000);
}

TEST(Processes, OutsideAreKilledByThoseInside) {
  ControlledProgram program =
      shell_with_static("sleep 100 | % & p=$!; sleep 1; kill -9 $p; wait $p; exit $(($? - 128))");
  const ControlledRun run = program.run(random_walk(3));
  EXPECT_TRUE(run.exited_with(SIGKILL)) << run.describe();
}

// The sentences of the findings of the first of 100 schedules that has any.
std::string first_findings(const std::string& name) {
  ControlledProgram program({std::string(GRADER_BINARY_DIR) + "/fixtures/programs/" + name});
  std::string sentences;
  for (std::uint64_t seed = 1; seed <= 100 && sentences.empty(); ++seed) {
    for (const auto& finding : program.run(random_walk(seed)).findings) {
      sentences += finding.sentence + "\n";
    }
  }
  return sentences;
}

TEST(Processes, ThatHaveTheOtherEndOfAPipeAreNamedInItsDeadlock) {
  using ::testing::HasSubstr;
  const std::string reads = first_findings("parent_keeps_the_write_end_open");
  EXPECT_THAT(reads, HasSubstr("thread 1 (main) waits for the end of process 2 at"));
  EXPECT_THAT(reads, HasSubstr("thread 2 waits to read from pipe"));
  EXPECT_THAT(reads, HasSubstr("whose write end has process 1 by descriptor"));
  const std::string writes = first_findings("waits_before_it_reads_what_is_printed");
  EXPECT_THAT(writes, HasSubstr("waits to write into pipe"));
  EXPECT_THAT(writes, HasSubstr("whose read end has process 1 by descriptor"));
}

TEST(Processes, ThatKeepADescriptorAcrossExecAreNamedWithTheExec) {
  const std::string sentences = first_findings("helper_keeps_the_write_end_across_exec");
  EXPECT_THAT(sentences, ::testing::HasSubstr("process 2 (cat) itself by descriptor"));
  EXPECT_THAT(sentences, ::testing::HasSubstr("which it kept across exec at"));
}

TEST(Processes, ForkedWhileAThreadHeldALockAreToldWhoHeldIt) {
  const std::string sentences = first_findings("forks_while_a_thread_holds_the_lock");
  EXPECT_THAT(sentences, ::testing::HasSubstr("in process 1 before process 2 was forked at"));
}

TEST(Processes, SurviveNoKillAtAnyPointOfAPipeline) {
  ControlledProgram program = shell("sh -c 'echo x; sleep 1; echo y' | cat | cat; exit 0");
  const ControlledRun whole = program.run(random_walk(1));
  ASSERT_TRUE(whole.exited_with(0)) << whole.describe();
  for (std::uint32_t victim = 1; victim <= 4; ++victim) {
    for (std::uint64_t step = 1; step <= whole.steps; ++step) {
      RunOptions options = random_walk(1);
      options.kill_at_step = step;
      options.kill_process = victim;
      const ControlledRun run = program.run(options);
      ASSERT_EQ(run.reply.stopped, protocol::RunStop::none)
          << "process " << victim << " at step " << step << "\n"
          << run.describe();
      if (victim == 1) {
        EXPECT_TRUE(WIFSIGNALED(run.reply.wait_status)) << step;
      }
      // Whoever lived then is seen to die of it.
      const protocol::Event* end = find(run, EventKind::process_signalled, victim);
      const bool lived = find(run, EventKind::process_start, victim) != nullptr &&
                         find(run, EventKind::process_exit, victim) == nullptr;
      EXPECT_EQ(end != nullptr, lived) << "process " << victim << " at step " << step << "\n"
                                       << run.describe();
      if (end != nullptr) {
        EXPECT_EQ(end->value, SIGKILL);
      }
      const bool ended = run.end == RunEnd::exited || WIFSIGNALED(run.reply.wait_status);
      EXPECT_TRUE(ended) << "process " << victim << " at step " << step << "\n" << run.describe();
    }
  }
}

}  // namespace
}  // namespace grader
