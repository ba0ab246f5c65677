// The stages one after the other on an exercise of this test's own: a submission is prepared,
// built, and run natively, plain and beneath ThreadSanitizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/posix.hpp"
#include "build/build.hpp"
#include "explore/native_runner.hpp"
#include "sandbox/sandbox.hpp"
#include "workspace/exercises.hpp"
#include "workspace/prepare.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* kHeader = R"(#pragma once
#include <memory>
class Counter {
 public:
  Counter();
  ~Counter();
  void run(int threads);
  int value() const;
 private:
  struct State;
  std::unique_ptr<State> state_;
};
)";

constexpr const char* kScenarios = R"(#include "counter.hpp"
#include "harness/scenario.hpp"
TEST(Counter, Counts) {
  Counter counter;
  trace::event("run.start", {{"threads", 2}});
  counter.run(2);
  EXPECT_EQ(counter.value(), 2);
  trace::event("run.end");
}
)";

/// `body` is the body of Counter::run, which may use state_->mutex, state_->count, `threads`.
std::string submission(const std::string& body, const std::string& before = "") {
  return R"(#include "counter.hpp"
#include <mutex>
#include <thread>
#include <vector>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>
#include <sys/wait.h>
struct Counter::State { std::mutex mutex; int count = 0; };
Counter::Counter() : state_(std::make_unique<State>()) {}
Counter::~Counter() = default;
int Counter::value() const { return state_->count; }
)" + before +
         "\nvoid Counter::run(int threads) {\n" + body + "\n}\n";
}

const std::string kCorrect = R"(  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back([this] {
    std::lock_guard guard(state_->mutex);
    ++state_->count;
  });
  for (std::thread& thread : all) thread.join();)";

const std::string kRacy = R"(  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back([this] {
    ++state_->count;
  });
  for (std::thread& thread : all) thread.join();)";

class NativePipeline : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string name = testing::TempDir() + "pipeline.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    write(root_ / "exercises/1-counter/counter.hpp", kHeader);
    write(root_ / "exercises/1-counter/counter.cpp",
          "#include \"counter.hpp\"\nstruct Counter::State {};\nCounter::Counter() = default;\n"
          "Counter::~Counter() = default;\nvoid Counter::run(int) {}\n"
          "int Counter::value() const { return 0; }\n");
    write(root_ / "exercises/1-counter/scenarios/counts.cpp", kScenarios);
    write(root_ / "exercises/1-counter/rubric.yaml", "");
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }

  void SetUp() override {
    // One cache for all tests and runs: keyed by content, it is never wrong.
    settings_ = {.root = GRADER_SOURCE_DIR,
                 .libraries = fs::path(GRADER_BINARY_DIR) / "lib",
                 .cache = fs::path(GRADER_BINARY_DIR) / "test-cache",
                 .run = run_in_sandbox,
                 .progress = {}};
    rubric_.submit = {"counter.cpp"};
    plan_.scenario = "Counter.Counts";
    plan_.limits.wall_ms = 10'000;
    directory_ = root_ / testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  BuildResult build_source(const std::string& source) {
    write(directory_ / "counter.cpp", source);
    const Result<Exercise> exercise = find_exercise(root_, "1");
    EXPECT_TRUE(exercise.ok());
    auto prepared = prepare({"ada", directory_}, *exercise, rubric_);
    EXPECT_TRUE(prepared.ok());
    prepared_ = std::move(*prepared);
    const Result<ExerciseBuild> side = build_exercise(*exercise, settings_);
    EXPECT_TRUE(side.ok()) << side.error().message;
    if (!side.ok()) return BuildFailed{side.error().message};
    return build(prepared_.workspace, *side, rubric_, settings_);
  }

  std::vector<Observation> run(const std::string& source, RuntimeKind runtime,
                               std::uint64_t times = 1) {
    const BuildResult result = build_source(source);
    const Built* built = std::get_if<Built>(&result);
    EXPECT_NE(built, nullptr) << "it was not built";
    if (built == nullptr) return std::vector<Observation>(times);
    plan_.runtime = runtime;
    plan_.schedules = times;
    const NativeSettings native{settings_.libraries, run_in_sandbox, 2};
    return run_natively(plan_, *built, prepared_.workspace, native, symbolizer_);
  }

  static bool has(const Observation& seen, FindingKind kind, const std::string& text) {
    for (const Finding& finding : seen.findings) {
      if (finding.kind == kind && finding.message.find(text) != std::string::npos) return true;
    }
    return false;
  }

  /// The errors' messages and the file and line of the first.
  static std::string refusal(const BuildResult& result) {
    if (const auto* bad = std::get_if<DoesNotBuild>(&result)) {
      std::string text;
      for (const Diagnostic& one : bad->diagnostics) {
        text +=
            one.location.file + ":" + std::to_string(one.location.line) + ": " + one.message + "\n";
      }
      return text;
    }
    if (const auto* refused = std::get_if<SubmissionRefused>(&result)) return refused->reason;
    if (const auto* failed = std::get_if<BuildFailed>(&result)) return "failed: " + failed->reason;
    return "it was built";
  }

  static inline fs::path root_;
  BuildSettings settings_;
  Rubric rubric_;
  RunPlan plan_;
  fs::path directory_;
  PreparedWorkspace prepared_;
  Symbolizer symbolizer_;
};

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

TEST_F(NativePipeline, BuildsTheSameLibraryFromTheSameSourceByteByByte) {
  const auto bytes = [&] {
    const BuildResult result = build_source(submission(kCorrect));
    EXPECT_TRUE(std::holds_alternative<Built>(result));
    return read_file(std::get<Built>(result).library).value();
  };
  EXPECT_EQ(bytes(), bytes());
}

TEST_F(NativePipeline, ListsTheScenarios) {
  const BuildResult result = build_source(submission(kCorrect));
  ASSERT_TRUE(std::holds_alternative<Built>(result)) << refusal(result);
  EXPECT_THAT(std::get<Built>(result).scenarios, ElementsAre("Counter.Counts"));
}

TEST_F(NativePipeline, NamesTheLineOfACompilerError) {
  EXPECT_THAT(refusal(build_source(submission("  (void)threads;\n  nonsense();"))),
              StartsWith("counter.cpp:17: ‘nonsense’ was not declared"));
}

TEST_F(NativePipeline, CollectsWarnings) {
  const BuildResult result = build_source(submission("  int unused;"));
  ASSERT_TRUE(std::holds_alternative<Built>(result)) << refusal(result);
  const Built& built = std::get<Built>(result);
  ASSERT_THAT(built.warnings, SizeIs(2));
  EXPECT_EQ(built.warnings[0].location.file, "counter.cpp");
}

TEST_F(NativePipeline, SaysWhichFunctionIsDeclaredButNotDefined) {
  std::string source = submission(kCorrect);
  source.erase(source.find("int Counter::value"), source.find("\n\n") - source.find("int Counter"));
  EXPECT_THAT(refusal(build_source(source)),
              HasSubstr("Counter::value() const is declared in the header but not defined"));
}

TEST_F(NativePipeline, SaysWhichFunctionIsUsedButNotDefined) {
  EXPECT_THAT(refusal(build_source(submission("  helper(threads);", "void helper(int);"))),
              HasSubstr("helper(int) is used, but none of the submitted files defines it"));
}

TEST_F(NativePipeline, RefusesNamesThatWouldMislead) {
  for (const char* definition :
       {"int main() {}", "extern \"C\" const char* __tsan_default_suppressions() { return \"\"; }",
        "extern \"C\" int pthread_mutex_lock(pthread_mutex_t*) { return 0; }",
        "extern \"C\" __attribute__((visibility(\"hidden\"))) void __tsan_read4(void*) {}",
        "namespace testing { int x; }", "namespace trace { void event() {} }",
        "extern \"C\" int waitid(int) { return 0; }", "void std::thread::join() {}",
        "__attribute__((weak)) void* operator new(std::size_t) { return nullptr; }"}) {
    std::string source = submission(kCorrect, definition);
    const std::size_t wait = source.find("#include <sys/wait.h>");
    source.replace(wait, std::string("#include <sys/wait.h>").size(), "#include <pthread.h>");
    const BuildResult result = build_source(source);
    EXPECT_TRUE(std::holds_alternative<SubmissionRefused>(result))
        << definition << ": " << refusal(result);
  }
}

TEST_F(NativePipeline, EndsACompilationThatNeverEnds) {
  rubric_.limits.cpu_ms = 1000;
  rubric_.limits.wall_ms = 3000;
  const std::string bomb =
      "template <int N, int M> struct F {\n"
      "  static constexpr bool v = F<N - 1, M>::v || F<N - 1, M + N>::v;\n};\n"
      "template <int M> struct F<0, M> { static constexpr bool v = false; };\n"
      "bool big = F<800, 0>::v;";
  EXPECT_THAT(refusal(build_source(submission(kCorrect, bomb))),
              AnyOf(HasSubstr("exceeded its cpu limit"), HasSubstr("exceeded its memory limit"),
                    HasSubstr("exceeded its wall limit")));
}

}  // namespace
}  // namespace grader
