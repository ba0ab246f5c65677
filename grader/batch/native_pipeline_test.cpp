#include "batch/native_pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace grader {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TEST_F(NativePipeline, PassesACorrectSubmissionPlain) {
  const std::vector<Observation> seen = run(submission(kCorrect), RuntimeKind::plain, 4);
  ASSERT_THAT(seen, SizeIs(4));
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen[i].termination, Termination(Exited{0})) << to_text(seen[i].termination);
    EXPECT_TRUE(seen[i].closed && seen[i].passed);
    EXPECT_THAT(seen[i].findings, SizeIs(0));
    EXPECT_EQ(seen[i].schedule, i);
  }
}

TEST_F(NativePipeline, RecordsMarksAndThreadsRenumberedFromOne) {
  const Observation seen = run(submission(kCorrect), RuntimeKind::plain)[0];
  std::vector<std::string> marks;
  std::vector<std::uint32_t> threads;
  for (const TraceEvent& event : seen.trace) {
    if (event.kind == protocol::EventKind::mark) {
      marks.push_back(event.name);
      EXPECT_EQ(event.process, 1U);
      EXPECT_EQ(event.thread, 1U);
    }
    if (event.kind == protocol::EventKind::thread_start) threads.push_back(event.thread);
  }
  EXPECT_THAT(marks, ElementsAre("run.start", "run.end"));
  EXPECT_THAT(threads, ElementsAre(2U, 3U));
}

TEST_F(NativePipeline, PassesACorrectSubmissionBeneathThreadSanitizer) {
  const Observation seen = run(submission(kCorrect), RuntimeKind::thread_sanitizer)[0];
  EXPECT_EQ(seen.termination, Termination(Exited{0})) << to_text(seen.termination);
  EXPECT_TRUE(seen.passed);
  EXPECT_THAT(seen.findings, SizeIs(0));
}

TEST_F(NativePipeline, NamesTheLinesOfBothAccessesOfARace) {
  const Observation seen = run(submission(kRacy), RuntimeKind::thread_sanitizer)[0];
  ASSERT_THAT(seen.findings, SizeIs(1));
  const Finding& race = seen.findings[0];
  EXPECT_EQ(race.kind, FindingKind::data_race);
  EXPECT_THAT(race.message, AllOf(StartsWith("two threads touch the same variable"),
                                  HasSubstr("write at counter.cpp:18")));
  ASSERT_THAT(race.locations, SizeIs(2));
  EXPECT_EQ(race.locations[0].file, "counter.cpp");
  EXPECT_EQ(race.locations[1].line, 18);
  EXPECT_EQ(seen.termination, Termination(Exited{seen.passed ? 0 : 1}));
}

TEST_F(NativePipeline, AccusesNoCorrectUseOfTheStandardLibraryOfARace) {
  const char* const before = R"(
#include <atomic>
#include <condition_variable>
#include <future>
#include <shared_mutex>
#include <stdexcept>
template <typename Work> void in_threads(int threads, Work work) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back(work);
  for (std::thread& thread : all) thread.join();
})";
  for (const char* body :
       {"std::timed_mutex m; in_threads(threads, [&] { for (;;) { if (!m.try_lock_for("
        "std::chrono::seconds(5))) continue; ++state_->count; m.unlock(); return; } });",
        "std::recursive_timed_mutex m; in_threads(threads, [&] { if (m.try_lock_until("
        "std::chrono::steady_clock::now() + std::chrono::seconds(5))) { ++state_->count; "
        "m.unlock(); "
        "} });",
        "std::shared_timed_mutex m; in_threads(threads, [&] { if (m.try_lock_for("
        "std::chrono::seconds(5))) { ++state_->count; m.unlock(); } if (m.try_lock_shared_for("
        "std::chrono::seconds(5))) { (void)+state_->count; m.unlock_shared(); } });",
        "for (int i = 0; i < 20; ++i) { std::promise<int> p; std::shared_future<int> f = "
        "p.get_future().share(); std::thread t([f] { try { f.get(); } catch (const "
        "std::runtime_error& e) { (void)e.what()[0]; } }); p.set_exception(std::make_exception_ptr("
        "std::runtime_error(\"x\"))); try { f.get(); } catch (const std::runtime_error& e) { "
        "(void)e.what()[0]; } f = {}; t.join(); } state_->count = threads;",
        "std::atomic<std::shared_ptr<int>> a; in_threads(threads, [&] { for (int i = 0; i < 50; "
        "++i) "
        "{ a.store(std::make_shared<int>(i)); auto p = a.load(); if (p) (void)*p; } }); "
        "state_->count = threads;",
        "std::mutex m; std::condition_variable c; bool ready = false; std::thread t([&] { "
        "std::unique_lock l(m); c.wait_for(l, std::chrono::seconds(5), [&] { return ready; }); "
        "state_->count = threads; }); { std::lock_guard l(m); ready = true; } c.notify_one(); "
        "t.join();"}) {
    const Observation seen = run(submission(body, before), RuntimeKind::thread_sanitizer)[0];
    EXPECT_TRUE(seen.passed) << body << seen.stderr_text;
    for (const Finding& finding : seen.findings) ADD_FAILURE() << body << "\n" << finding.message;
  }
}

TEST_F(NativePipeline, LetsExceptionsPassThroughTheWatchedProgram) {
  const std::string body =
      "  try { throw std::runtime_error(\"x\"); } catch (const std::exception&) { "
      "state_->count = threads; }\n"
      "  std::thread t([this] { try { throw 1; } catch (int one) { state_->count += one - 1; } });"
      "\n  t.join();";
  for (const RuntimeKind kind : {RuntimeKind::plain, RuntimeKind::thread_sanitizer}) {
    const Observation seen = run(submission(body, "#include <stdexcept>"), kind)[0];
    EXPECT_TRUE(seen.passed) << to_text(seen.termination);
  }
}

TEST_F(NativePipeline, FailsAScenarioWhoseAssertionFails) {
  const Observation seen = run(submission("(void)threads;"), RuntimeKind::plain)[0];
  EXPECT_TRUE(seen.closed);
  EXPECT_FALSE(seen.passed);
  EXPECT_EQ(seen.termination, Termination(Exited{1}));
}

TEST_F(NativePipeline, DoesNotCloseARunThatExitsInTheMiddle) {
  for (const char* way : {"exit(0)", "_exit(0)", "quick_exit(0)", "std::_Exit(0)"}) {
    for (const RuntimeKind kind : {RuntimeKind::plain, RuntimeKind::thread_sanitizer}) {
      const Observation seen = run(submission("(void)threads; " + std::string(way) + ";"), kind)[0];
      EXPECT_EQ(seen.termination, Termination(Exited{0})) << way;
      EXPECT_FALSE(seen.closed || seen.passed) << way;
      EXPECT_TRUE(has(seen, FindingKind::crash, "in the middle of the scenario")) << way;
    }
  }
}

TEST_F(NativePipeline, NamesTheSignalOfACrash) {
  const Observation aborted = run(submission("(void)threads; abort();"), RuntimeKind::plain)[0];
  EXPECT_EQ(aborted.termination, Termination(Signalled{SIGABRT}));
  EXPECT_TRUE(has(aborted, FindingKind::crash, "SIGABRT"));
}

TEST_F(NativePipeline, FindsTheLineOfASegmentationFaultBeneathThreadSanitizer) {
  const Observation seen =
      run(submission("  volatile int* nowhere = nullptr;\n  *nowhere = threads;"),
          RuntimeKind::thread_sanitizer)[0];
  EXPECT_EQ(seen.termination, Termination(Signalled{SIGSEGV}));
  EXPECT_TRUE(has(seen, FindingKind::crash, "counter.cpp:17")) << seen.findings.size();
}

TEST_F(NativePipeline, EndsAnEndlessLoop) {
  plan_.limits.wall_ms = 300;
  const Observation seen =
      run(submission("  volatile int i = threads;\n  for (;;) i = i + 1;"), RuntimeKind::plain)[0];
  EXPECT_EQ(seen.termination, Termination(LimitExceeded{"wall"}));
  EXPECT_TRUE(has(seen, FindingKind::timeout, "did not end"));
}

TEST_F(NativePipeline, KeepsARaceReportOfAProgramThatClosesItsStandardError) {
  const Observation seen =
      run(submission("  fclose(stderr); close(2);\n" + kRacy), RuntimeKind::thread_sanitizer)[0];
  EXPECT_TRUE(has(seen, FindingKind::data_race, "counter.cpp:19"));
}

TEST_F(NativePipeline, ReportsAZombieAndAnOrphan) {
  const Observation zombie =
      run(submission("  if (fork() == 0) _exit(0);\n  usleep(200000);\n" + kCorrect),
          RuntimeKind::plain)[0];
  EXPECT_EQ(zombie.zombies, 1U);
  EXPECT_TRUE(has(zombie, FindingKind::leak, "never waited for"));
  const Observation orphan = run(
      submission("  if (fork() == 0) { setsid(); pause(); }\n" + kCorrect), RuntimeKind::plain)[0];
  EXPECT_EQ(orphan.orphans, 1U);
  EXPECT_TRUE(has(orphan, FindingKind::leak, "still alive"));
}

}  // namespace
}  // namespace grader
