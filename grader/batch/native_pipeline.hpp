#pragma once

// For tests: the stages one after the other on an exercise of their own. A submission is prepared,
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

namespace fs = std::filesystem;

inline constexpr const char* kHeader = R"(#pragma once
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

inline constexpr const char* kScenarios = R"(#include "counter.hpp"
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
inline std::string submission(const std::string& body, const std::string& before = "") {
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

inline const std::string kCorrect = R"(  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back([this] {
    std::lock_guard guard(state_->mutex);
    ++state_->count;
  });
  for (std::thread& thread : all) thread.join();)";

inline const std::string kRacy = R"(  std::vector<std::thread> all;
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
                 .run = sandbox_runner(std::filesystem::path()),
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
    const NativeSettings native{settings_.libraries, sandbox_runner(std::filesystem::path()), 2};
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

}  // namespace grader
