#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "explore/controlled_session.hpp"
#include "explore/tsan_report.hpp"

// What the runtime notes of ThreadSanitizer's reports in the channel, held to what ThreadSanitizer
// itself writes into its log.
namespace grader {
namespace {

using ::testing::SizeIs;

constexpr std::uint64_t kSeedsMax = 60;

Result<ControlledSession> start(const std::string& name) {
  ControlledProgram program;
  program.command = {GRADER_BINARY_DIR "/fixtures/programs/" + name};
  program.libraries = std::filesystem::path(GRADER_BINARY_DIR) / "lib";
  program.runtime = RuntimeKind::thread_sanitizer;
  return ControlledSession::start(program, -1);
}

/// The reports of one run: those of the channel first, then those of the log.
std::vector<RawReport> reports_of_run(ControlledSession& session, std::uint64_t seed) {
  ControlledRequest request;
  request.options.strategy = protocol::StrategyKind::random_walk;
  request.options.seed = seed;
  const Result<ControlledRun> run = session.run(request);
  if (run.ok()) return parse_reports(run->sanitizer_log);
  ADD_FAILURE() << run.error().message;
  return {};
}

/// Those of the first run of a program of fixtures/programs that has some.
std::vector<RawReport> reports_of(const std::string& name) {
  Result<ControlledSession> session = start(name);
  if (!session.ok()) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    std::vector<RawReport> reports = reports_of_run(*session, seed);
    if (!reports.empty()) return reports;
  }
  return {};
}

/// "module+offset" of each frame.
std::vector<std::string> frames_of(const ReportStack& stack) {
  std::vector<std::string> frames;
  for (const ReportStack::Frame& frame : stack.frames) {
    frames.push_back(frame.module + "+" + std::to_string(frame.offset));
  }
  return frames;
}

/// The stacks of what was read and written.
std::vector<ReportStack> accesses_of(const RawReport& report) {
  std::vector<ReportStack> accesses;
  for (const ReportStack& stack : report.stacks) {
    const bool is_access = stack.header.find(" of size ") != std::string::npos &&
                           stack.header.find("ocation is") == std::string::npos;
    if (is_access) accesses.push_back(stack);
  }
  return accesses;
}

void expect_the_same(const std::string& program) {
  const std::vector<RawReport> reports = reports_of(program);
  ASSERT_THAT(reports, SizeIs(2)) << program;
  EXPECT_EQ(reports[0].kind, reports[1].kind);
  const std::vector<ReportStack> noted = accesses_of(reports[0]);
  const std::vector<ReportStack> logged = accesses_of(reports[1]);
  ASSERT_THAT(noted, SizeIs(2));
  ASSERT_THAT(logged, SizeIs(2));
  for (std::size_t i = 0; i < noted.size(); ++i) {
    EXPECT_THAT(frames_of(noted[i]), ::testing::Not(::testing::IsEmpty()));
    EXPECT_EQ(frames_of(noted[i]), frames_of(logged[i]));
    for (const char* word : {"main thread", "thread T1", "thread T2", "atomic", "revious"}) {
      EXPECT_EQ(noted[i].header.find(word) == std::string::npos,
                logged[i].header.find(word) == std::string::npos)
          << noted[i].header << logged[i].header;
    }
  }
}

TEST(DetectorReports, SayOfARaceInTheChannelWhatTheLogSays) {
  expect_the_same("hides_a_race_behind_luck");
}

TEST(DetectorReports, SayOfUsedFreedMemoryInTheChannelWhatTheLogSays) {
  expect_the_same("uses_what_another_thread_freed");
}

TEST(DetectorReports, BelongToTheirOwnRunAlone) {
  Result<ControlledSession> session = start("hides_a_race_behind_luck");
  ASSERT_TRUE(session.ok()) << session.error().message;
  std::vector<bool> racy;
  for (std::uint64_t seed = 1; seed <= kSeedsMax; ++seed) {
    racy.push_back(!reports_of_run(*session, seed).empty());
  }
  const auto first = std::find(racy.begin(), racy.end(), true);
  ASSERT_NE(first, racy.end());
  EXPECT_NE(std::find(first, racy.end(), false), racy.end()) << "a report that never went away";
}

}  // namespace
}  // namespace grader
