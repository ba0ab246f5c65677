#include "explore/explorer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "explore/lanes.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using protocol::StrategyKind;

/// A program compiled as submissions are, in a directory of its own.
class CompiledProgram {
 public:
  explicit CompiledProgram(const std::string& source) : CompiledProgram() {
    compile(source, "program.cpp", "-o program");
  }
  /// A program with a library of its own.
  CompiledProgram(const std::string& source, const std::string& library) : CompiledProgram() {
    compile(library, "library.cpp", "-shared -fPIC -o libown.so");
    compile(source, "program.cpp", "-o program -Wl,--no-as-needed -L. -lown -Wl,-rpath,'$ORIGIN'");
  }
  CompiledProgram(const CompiledProgram&) = delete;
  CompiledProgram& operator=(const CompiledProgram&) = delete;
  ~CompiledProgram() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  [[nodiscard]] ExploreRequest request() const {
    ExploreRequest request;
    request.program.command = {(directory_ / "program").string()};
    request.program.libraries = fs::path(GRADER_BINARY_DIR) / "lib";
    request.schedules = 60;
    request.target = {{"program", "program"}};
    return request;
  }

 private:
  CompiledProgram() {
    std::string name = (fs::temp_directory_path() / "explorer-test-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }

  void compile(const std::string& source, const std::string& file, const std::string& how) const {
    std::ofstream(directory_ / file) << source;
    const std::string command = "cd " + directory_.string() +
                                " && g++ -std=c++20 -fsanitize=thread -O1 -g -pthread " + file +
                                " " + how;
    EXPECT_EQ(std::system(command.c_str()), 0);
  }

  fs::path directory_;
};

Exploration explored(const ExploreRequest& request) {
  Symbolizer symbolizer;
  Result<Exploration> result = explore(request, symbolizer);
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() ? std::move(*result) : Exploration{};
}

constexpr const char* kOutOfControl = R"(
#include <sys/syscall.h>
int main(int argc, char**) {
  if (argc > 1) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_pause) : "rcx", "r11", "memory");
  }
  for (volatile long i = 0;; i = i + 1) {}
}
)";

TEST(Explorer, TellsAnEndlessLoopFromAWaitThatItDoesNotControl) {
  const CompiledProgram program(kOutOfControl);
  ExploreRequest request = program.request();
  request.schedules = 1;
  request.minimise_runs = 0;
  request.program.cpu_timeout_ms = 300;  // a busy machine gives a run its share in 15 times that
  const Exploration loops = explored(request);
  ASSERT_TRUE(loops.first);
  EXPECT_EQ(loops.first->kind, FindingKind::timeout);
  EXPECT_EQ(loops.first->message, "a thread ran for ever between two scheduling points");
  request.program.command.emplace_back("and-waits");
  const Exploration waits = explored(request);
  ASSERT_TRUE(waits.first);
  EXPECT_EQ(waits.first->kind, FindingKind::timeout);
  EXPECT_EQ(waits.first->message,
            "every thread waits in the kernel for something that the scheduler does not control");
}

// On a busy machine it would be the CPU time that is too long to be had.
TEST(Explorer, DoesNotJudgeARunThatTheMachineGivesTooLittleCpuTime) {
  const CompiledProgram program(kOutOfControl);
  ExploreRequest request = program.request();
  request.program.cpu_timeout_ms = 600'000;
  request.program.wall_timeout_ms = 200;
  Symbolizer symbolizer;
  const Result<Exploration> result = explore(request, symbolizer);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::environment);
  EXPECT_NE(result.error().message.find("the machine is too busy"), std::string::npos)
      << result.error().message;
}

constexpr const char* kLocksTwice = R"(
#include <pthread.h>
pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
__attribute__((constructor)) void lock_twice() {
  pthread_mutex_lock(&lock);
  pthread_mutex_lock(&lock);
}
)";

TEST(Explorer, ControlsTheConstructorsOfAProgramAndOfItsLibraries) {
  const std::string empty = "int main() {}";
  const CompiledProgram its_own(empty + kLocksTwice);
  const CompiledProgram of_a_library(empty, kLocksTwice);
  for (const CompiledProgram* program : {&its_own, &of_a_library}) {
    const Exploration result = explored(program->request());
    ASSERT_TRUE(result.first);
    EXPECT_EQ(result.first->kind, FindingKind::deadlock) << result.first->message;
  }
}

// A setting that the program makes itself reaches what it executes.
TEST(Explorer, LeavesNothingOfItsOwnSettingsInTheEnvironmentOfAProgram) {
  const CompiledProgram program(R"(
#include <stdlib.h>
int main() {
  if (getenv("LD_BIND_NOW") != nullptr || getenv("GRADER_FORK_LATE") != nullptr) return 1;
  setenv("LD_BIND_NOW", "mine", 1);
  return system("test \"$LD_BIND_NOW\" = mine") == 0 ? 0 : 2;
}
)");
  ExploreRequest request = program.request();
  request.schedules = 5;
  const Exploration result = explored(request);
  EXPECT_FALSE(result.first) << result.first->message;
}

constexpr const char* kBombs = R"(
#include <pthread.h>
#include <unistd.h>
void* waits(void*) { return pause(), nullptr; }
int main(int argc, char**) {
  for (pthread_t thread;;) argc > 1 ? pthread_create(&thread, nullptr, waits, nullptr) : fork();
}
)";

TEST(Explorer, EndsARunThatHasMoreThreadsOrProcessesAliveThanMayBe) {
  const CompiledProgram program(kBombs);
  ExploreRequest request = program.request();
  request.schedules = 1;
  request.minimise_runs = 0;
  request.program.alive_max = 12;
  const Exploration forks = explored(request);
  request.program.command.emplace_back("with-threads");
  const Exploration threads = explored(request);
  for (const Exploration* result : {&forks, &threads}) {
    ASSERT_TRUE(result->first);
    EXPECT_EQ(result->first->kind, FindingKind::timeout);
    EXPECT_EQ(result->first->message, "the program exceeded its processes limit");
    EXPECT_EQ(result->threads_max, 12U);
    EXPECT_NE(result->first->replay.find(":alive=12"), std::string::npos);
  }
}

constexpr const char* kWaitsInTheLibrary = R"(
#include <condition_variable>
#include <mutex>
#include <thread>
int main() {
  std::jthread waiter([] {
    std::condition_variable_any changed;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return false; });
  });
}
)";

TEST(Explorer, NamesTheProgramsOwnLinesForWhatItDoesThroughTheStandardLibrary) {
  const CompiledProgram program(kWaitsInTheLibrary);
  ExploreRequest request = program.request();
  request.schedules = 1;
  request.minimise_runs = 0;
  const Exploration seen = explored(request);
  ASSERT_TRUE(seen.first);
  EXPECT_EQ(seen.first->kind, FindingKind::deadlock);
  EXPECT_GE(seen.first->locations.size(), 2U);
  for (const SourceLocation& place : seen.first->locations) {
    EXPECT_TRUE(place.file.ends_with("program.cpp")) << place.file << ':' << place.line;
  }
}

constexpr const char* kCrosswise = R"(
#include <mutex>
#include <thread>
std::mutex a, b;
int main() {
  std::thread t([] { std::scoped_lock l(a); std::scoped_lock m(b); });
  { std::scoped_lock l(b); std::scoped_lock m(a); }
  t.join();
}
)";

TEST(Explore, FindsADeadlockAndLeavesOnePreemptionOfIt) {
  const CompiledProgram program(kCrosswise);
  const Exploration seen = explored(program.request());
  ASSERT_TRUE(seen.first.has_value());
  EXPECT_EQ(seen.first->kind, FindingKind::deadlock);
  EXPECT_EQ(seen.first->preemptions, 1U);
  EXPECT_FALSE(seen.first->replay.empty());
  EXPECT_NE(draw_lanes(*seen.first, {}).find("-- preempted here --"), std::string::npos);
}

TEST(Explore, FindsTheSameOnAnyNumberOfJobs) {
  const CompiledProgram program(kCrosswise);
  ExploreRequest request = program.request();
  request.jobs = 1;
  const Exploration alone = explored(request);
  request.jobs = 3;
  const Exploration together = explored(request);
  ASSERT_TRUE(alone.first.has_value() && together.first.has_value());
  EXPECT_EQ(alone.failures, together.failures);
  EXPECT_EQ(alone.first->schedule, together.first->schedule);
  EXPECT_EQ(alone.first->replay, together.first->replay);
  EXPECT_EQ(alone.classes, together.classes);
}

TEST(Explore, EndsWithAllSchedulesOfASmallProgram) {
  // t1 first at both locks, t2 first at both, or each at one: see dfs_test.cpp.
  const CompiledProgram program(kCrosswise);
  ExploreRequest request = program.request();
  request.strategy = StrategyKind::dfs;
  const Exploration seen = explored(request);
  EXPECT_TRUE(seen.exhausted);
  EXPECT_EQ(seen.schedules_run, 3U);
  EXPECT_EQ(seen.failures, 1U);
}

TEST(Explore, TakesAnotherExitStatusForAFindingUnlessExpected) {
  const CompiledProgram program("int main() { return 3; }");
  ExploreRequest request = program.request();
  request.schedules = 3;
  Exploration seen = explored(request);
  ASSERT_TRUE(seen.first.has_value());
  EXPECT_EQ(seen.first->kind, FindingKind::exit_code);
  EXPECT_EQ(seen.failures, 3U);
  request.expect_exit = 3;
  EXPECT_FALSE(explored(request).first.has_value());
}

TEST(Explore, ShowsARaceHiddenByALuckyOrderBeneathThreadSanitizer) {
  const CompiledProgram program(R"(
#include <mutex>
#include <thread>
int x; bool ready; std::mutex m;
int main() {
  std::thread t([] { x = 1; std::lock_guard l(m); ready = true; });
  bool seen; { std::lock_guard l(m); seen = ready; }
  if (!seen) x = 2;
  t.join();
}
)");
  ExploreRequest request = program.request();
  request.race = true;
  request.schedules = 20;
  const Exploration seen = explored(request);
  ASSERT_TRUE(seen.first.has_value());
  EXPECT_EQ(seen.first->kind, FindingKind::data_race);
  EXPECT_LE(seen.race_runs, seen.classes);
  EXPECT_NE(seen.first->replay.find("race=1"), std::string::npos);
}

TEST(Explore, SaysWhenTheProgramCannotBeStarted) {
  ExploreRequest request;
  request.program.command = {"/nowhere/to/be/found"};
  request.program.libraries = fs::path(GRADER_BINARY_DIR) / "lib";
  Symbolizer symbolizer;
  const Result<Exploration> result = explore(request, symbolizer);
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("/nowhere/to/be/found"), std::string::npos);
}

TEST(PlanRun, GivesEachScheduleASeedOfItsOwn) {
  const PlannedRun a = plan_run(std::nullopt, 1, 1);
  const PlannedRun b = plan_run(std::nullopt, 1, 2);
  EXPECT_NE(a.seed, b.seed);
  EXPECT_EQ(plan_run(std::nullopt, 1, 1).seed, a.seed);
  EXPECT_NE(plan_run(std::nullopt, 2, 1).seed, a.seed);
  EXPECT_EQ(plan_run(StrategyKind::pos, 1, 7).strategy, StrategyKind::pos);
}

TEST(PlanRun, LetsTheNewestThreadGoFirstEarlyInThePortfolioAlone) {
  EXPECT_EQ(plan_run(std::nullopt, 1, 2).strategy, StrategyKind::pct);
  EXPECT_EQ(plan_run(std::nullopt, 1, 2).depth, 0U);
  std::uint64_t newest_first = 0;
  for (std::uint64_t k = 1; k <= 320; ++k) {
    newest_first += plan_run(std::nullopt, 1, k).depth == 0 ? 1 : 0;
    EXPECT_NE(plan_run(StrategyKind::pct, 1, k).depth, 0U) << k;
  }
  EXPECT_EQ(newest_first, 10U);
}

TEST(PlanRun, GivesTheBestSamplerMoreThanHalfOfThePortfolio) {
  std::map<StrategyKind, int> turns;
  for (std::uint64_t k = 1; k <= 80; ++k) ++turns[plan_run(std::nullopt, 1, k).strategy];
  EXPECT_GT(turns[StrategyKind::surw], 40);
  for (const auto kind : {StrategyKind::pct, StrategyKind::pos, StrategyKind::random_walk}) {
    EXPECT_EQ(turns[kind], 10);
  }
}

TEST(Explore, HoldsAnUntrustedProgramToItsMemory) {
  const CompiledProgram program(R"(
#include <cstdlib>
#include <cstring>
int main() {
  void* much = std::malloc(512UL << 20U);
  if (much == nullptr) return 7;
  std::memset(much, 1, 512UL << 20U);
  return 0;
}
)");
  ExploreRequest request = program.request();
  request.schedules = 2;
  EXPECT_EQ(explored(request).failures, 0U);
  request.program.untrusted = true;
  request.program.data_bytes_max = 128U << 20U;
  request.expect_exit = 7;
  EXPECT_EQ(explored(request).failures, 0U) << "it got memory beyond its limit";
}

TEST(Explore, ShowsAnUntrustedProgramNothingOfTheEnvironment) {
  const CompiledProgram program(R"(
#include <cstdlib>
int main() { return std::getenv("GRADER_TEST_SECRET") != nullptr ? 7 : 0; }
)");
  ExploreRequest request = program.request();
  request.schedules = 2;
  request.expect_exit = 7;
  setenv("GRADER_TEST_SECRET", "1", 1);
  EXPECT_EQ(explored(request).failures, 0U);
  request.program.untrusted = true;
  request.expect_exit = 0;
  EXPECT_EQ(explored(request).failures, 0U) << "it saw the environment";
  unsetenv("GRADER_TEST_SECRET");
}

TEST(Explore, LetsAProgramDieOfASignalThatTheGraderIgnores) {
  const CompiledProgram program(R"(
#include <csignal>
int main() { raise(SIGINT); }
)");
  const auto before = std::signal(SIGINT, SIG_IGN);
  ExploreRequest request = program.request();
  request.schedules = 2;
  const Exploration seen = explored(request);
  std::signal(SIGINT, before);
  ASSERT_TRUE(seen.first.has_value());
  EXPECT_EQ(seen.first->kind, FindingKind::crash) << seen.first->message;
}

}  // namespace
}  // namespace grader
