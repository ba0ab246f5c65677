#include "explore/native_runner.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fd.hpp"
#include "protocol/channel.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using protocol::EventKind;
using testing::HasSubstr;
using testing::SizeIs;

std::string variable(const ProcessRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.environment) {
    if (key == name) return value;
  }
  return "";
}

/// Stands in for the sandbox and the program in it: it writes into the channel what a program
/// would.
class NativeRunner : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "runner.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    workspace_.root = name;
    workspace_.student_files = {"a.cpp"};
    built_.library = workspace_.root / "library" / "libsubmission.so";
    built_.program = "/cache/scenarios";
    plan_.scenario = "Suite.Name";
    outcome_.termination = Exited{0};
    outcome_.kernel_pid = 500;
  }
  void TearDown() override { fs::remove_all(workspace_.root); }

  /// What the harness writes at the end of a passed run.
  static void close_run(const ProcessRequest& request, bool key_is_right = true) {
    const Fd fd(open(variable(request, protocol::kChannelVariable).c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(fd.valid());
    struct stat status {};
    ASSERT_EQ(fstat(fd.get(), &status), 0);
    const auto size = static_cast<std::size_t>(status.st_size);
    void* base = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    ASSERT_NE(base, MAP_FAILED);
    const protocol::Channel channel(base);
    ASSERT_TRUE(channel.valid());
    protocol::Event event{};
    event.kind = EventKind::test_end;
    event.process = 500;
    event.thread = 500;
    channel.append(event);
    event.kind = EventKind::closing;
    event.value =
        static_cast<std::int64_t>(channel.header().options.closing_key) + (key_is_right ? 0 : 1);
    channel.append(event);
    munmap(base, size);
  }

  Observation run_once(RunProcess run) {
    const NativeSettings settings{"/lib/grader", std::move(run), 1};
    return run_natively(plan_, built_, workspace_, settings, symbolizer_)[0];
  }
  /// A run that closes well and then ends as `outcome_` says.
  Observation run_closed() {
    return run_once([this](const ProcessRequest& request) {
      close_run(request);
      return outcome_;
    });
  }
  Observation run_with_log(const std::string& log) {
    plan_.runtime = RuntimeKind::thread_sanitizer;
    return run_once([&, this](const ProcessRequest& request) {
      close_run(request);
      std::string path = variable(request, "TSAN_OPTIONS");
      path = path.substr(0, path.find(':')).substr(std::string("log_path=").size());
      std::ofstream(path + ".500") << log;
      return outcome_;
    });
  }

  Workspace workspace_;
  Built built_;
  RunPlan plan_;
  ProcessOutcome outcome_;
  Symbolizer symbolizer_;
};

TEST_F(NativeRunner, PassesARunThatClosesWithTheKey) {
  const Observation seen = run_closed();
  EXPECT_TRUE(seen.closed && seen.passed);
  EXPECT_THAT(seen.findings, SizeIs(0));
  ASSERT_THAT(seen.trace, SizeIs(1));
  EXPECT_EQ(seen.trace[0].process, 1U);
}

TEST_F(NativeRunner, DoesNotBelieveAClosingRecordWithAnotherKey) {
  const Observation seen = run_once([this](const ProcessRequest& request) {
    close_run(request, false);
    return outcome_;
  });
  EXPECT_FALSE(seen.closed || seen.passed);
  ASSERT_THAT(seen.findings, SizeIs(1));
  EXPECT_EQ(seen.findings[0].kind, FindingKind::crash);
}

TEST_F(NativeRunner, GivesPlainRunsTheLightLibraryAndSanitizedOnesTheRealOne) {
  std::string plain;
  std::string sanitized;
  plan_.limits.memory_bytes = 100;
  run_once([&, this](const ProcessRequest& request) {
    plain = variable(request, "LD_LIBRARY_PATH");
    EXPECT_EQ(variable(request, "LD_PRELOAD"), "/lib/grader/libgrader_watch.so");
    EXPECT_EQ(variable(request, "TSAN_OPTIONS"), "");
    EXPECT_EQ(request.limits.memory_bytes, 100);
    return outcome_;
  });
  plan_.runtime = RuntimeKind::thread_sanitizer;
  run_once([&, this](const ProcessRequest& request) {
    sanitized = variable(request, "LD_LIBRARY_PATH");
    EXPECT_THAT(variable(request, "TSAN_OPTIONS"), HasSubstr("atexit_sleep_ms=0"));
    EXPECT_EQ(request.limits.memory_bytes, 600);
    return outcome_;
  });
  EXPECT_EQ(plain, "/lib/grader/native:" + built_.library.parent_path().string());
  EXPECT_EQ(sanitized, built_.library.parent_path().string());
}

TEST_F(NativeRunner, PutsRunsInTheirOrderHoweverManyWorkAtOnce) {
  plan_.schedules = 16;
  std::atomic<int> running = 0;
  const NativeSettings settings{"/lib/grader",
                                [&](const ProcessRequest& request) {
                                  ++running;
                                  ProcessOutcome outcome = outcome_;
                                  outcome.stdout_text =
                                      request.working_directory.parent_path().filename().string();
                                  return outcome;
                                },
                                4};
  const auto seen = run_natively(plan_, built_, workspace_, settings, symbolizer_);
  ASSERT_THAT(seen, SizeIs(16));
  for (std::uint64_t i = 0; i < 16; ++i) {
    EXPECT_EQ(seen[i].schedule, i);
    EXPECT_EQ(seen[i].stdout_text, "Suite.Name-plain-" + std::to_string(i));
  }
  EXPECT_EQ(running, 16);
  EXPECT_TRUE(fs::is_empty(workspace_.root / "runs"));
}

TEST_F(NativeRunner, CallsItsOwnFailureNobodyElses) {
  outcome_.termination = SandboxFailed{"no memory"};
  const Observation seen = run_closed();
  EXPECT_TRUE(std::holds_alternative<SandboxFailed>(seen.termination));
  EXPECT_THAT(seen.findings, SizeIs(0));
}

TEST_F(NativeRunner, CallsAFailureOfTheLoaderItsOwnUnlessTheProgramHadStarted) {
  outcome_.termination = Exited{127};
  outcome_.stderr_text = "scenarios: error while loading shared libraries: libsubmission.so";
  const Observation unloaded = run_once([this](const ProcessRequest&) { return outcome_; });
  EXPECT_THAT(to_text(unloaded.termination), HasSubstr("could not be run by the grader"));
  EXPECT_EQ(run_closed().termination, Termination(Exited{127}));
}

TEST_F(NativeRunner, CallsAFailureOfThreadSanitizerItsOwn) {
  outcome_.termination = Exited{66};
  const Observation seen = run_with_log("FATAL: ThreadSanitizer: unexpected memory mapping\n");
  EXPECT_THAT(to_text(seen.termination), HasSubstr("unexpected memory mapping"));
  EXPECT_TRUE(std::holds_alternative<SandboxFailed>(seen.termination));
}

TEST_F(NativeRunner, PutsTheProgramsOwnStatusBackAfterARace) {
  outcome_.termination = Exited{66};
  const Observation seen = run_with_log("WARNING: ThreadSanitizer: data race (pid=1)\n");
  EXPECT_EQ(seen.termination, Termination(Exited{0}));
  ASSERT_THAT(seen.findings, SizeIs(1));
  EXPECT_EQ(seen.findings[0].kind, FindingKind::data_race);
  EXPECT_EQ(seen.findings[0].scenario, "Suite.Name");
}

TEST_F(NativeRunner, DoesNotPassARunWhoseRaceReportIsGone) {
  outcome_.termination = Exited{66};
  EXPECT_THAT(to_text(run_with_log("").termination), HasSubstr("its report is not there"));
}

TEST_F(NativeRunner, NamesTheSignalThatThreadSanitizerCaught) {
  outcome_.termination = Exited{66};
  const Observation seen =
      run_with_log("==1==ERROR: ThreadSanitizer: SEGV on unknown address 0x0 (pc 0x1)\n");
  EXPECT_EQ(seen.termination, Termination(Signalled{SIGSEGV}));
  ASSERT_THAT(seen.findings, SizeIs(1));
  EXPECT_EQ(seen.findings[0].kind, FindingKind::crash);
}

TEST_F(NativeRunner, ReportsTimeOutsAndWhatIsLeftBehind) {
  outcome_.termination = LimitExceeded{"wall"};
  EXPECT_EQ(run_closed().findings[0].kind, FindingKind::timeout);
  outcome_.termination = Exited{0};
  outcome_.zombies = 2;
  outcome_.orphans = 1;
  const Observation seen = run_closed();
  ASSERT_THAT(seen.findings, SizeIs(2));
  EXPECT_EQ(seen.findings[0].message, "2 child processes ended and were never waited for");
  EXPECT_EQ(seen.findings[1].message, "1 process was still alive after the scenario");
}

}  // namespace
}  // namespace grader
