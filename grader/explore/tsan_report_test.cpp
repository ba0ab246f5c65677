#include "explore/tsan_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "explore/report_sources.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kRace = R"(==================
WARNING: ThreadSanitizer: data race (pid=9472)
  Read of size 4 at 0x7ffff7fb4344 by thread T2:
    #0 /x/libsubmission.so+0x284f
    #1 /usr/lib/libstdc++.so.6+0xd44a2

  Previous write of size 4 at 0x7ffff7fb4344 by main thread (mutexes: write M1):
    #0 /x/libsubmission.so+0x2873

  Location is global '<null>' at 0x000000000000 (libsubmission.so+0x5344)

  Mutex M1 (0x7b08) created at:
    #0 /usr/lib/libtsan.so.2+0x3

  Thread T2 (tid=9475, running) created by main thread at:
    #0 /usr/lib/libtsan.so.2+0x5e686
    #1 /x/scenarios+0x1188

SUMMARY: ThreadSanitizer: data race (libsubmission.so+0x284f)
==================
ThreadSanitizer: reported 1 warnings
)";

constexpr const char* kMutex = R"(==================
WARNING: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread) (pid=1)
    #0 /usr/lib/libtsan.so.2+0x10
    #1 /x/libsubmission.so+0x20

  Location is heap block of size 40 at 0x7b08 allocated by main thread:
    #0 /usr/lib/libtsan.so.2+0x3

SUMMARY: ThreadSanitizer: unlock of an unlocked mutex (or by a wrong thread)
==================
)";

constexpr const char* kSegv = R"(ThreadSanitizer:DEADLYSIGNAL
==12==ERROR: ThreadSanitizer: SEGV on unknown address 0x000000000000 (pc 0x7f bp 0x0 sp 0x7 T12)
==12==The signal is caused by a WRITE memory access.
==12==Hint: address points to the zero page.
    #0 /x/libsubmission.so+0x20
    #1 /x/scenarios+0x30

ThreadSanitizer can not provide additional info.
SUMMARY: ThreadSanitizer: SEGV (/x/libsubmission.so+0x20)
==12==ABORTING
)";

TEST(TsanReport, ReadsTheStacksOfARace) {
  const auto reports = parse_reports(kRace);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].kind, "data race");
  ASSERT_THAT(reports[0].stacks, SizeIs(5));
  EXPECT_THAT(reports[0].stacks[1].header, HasSubstr("Read of size 4"));
  ASSERT_THAT(reports[0].stacks[1].frames, SizeIs(2));
  EXPECT_EQ(reports[0].stacks[1].frames[0].module, "/x/libsubmission.so");
  EXPECT_EQ(reports[0].stacks[1].frames[0].offset, 0x284fU);
  EXPECT_THAT(reports[0].stacks[2].frames, SizeIs(1));
}

TEST(TsanReport, ReadsAStackWithoutAHeader) {
  const auto reports = parse_reports(kMutex);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].kind, "unlock of an unlocked mutex (or by a wrong thread)");
  EXPECT_THAT(reports[0].stacks[0].frames, SizeIs(2));
}

TEST(TsanReport, ReadsACrash) {
  const auto reports = parse_reports(kSegv);
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].kind, "SEGV");
  EXPECT_THAT(reports[0].stacks[0].frames, SizeIs(2));
}

TEST(TsanReport, ReadsSeveralReportsAndIgnoresWhatIsBetween) {
  const std::string log = std::string(kRace) + "noise\n#0 x+0x1\n" + kMutex + kRace;
  EXPECT_THAT(parse_reports(log), SizeIs(3));
  EXPECT_THAT(parse_reports(""), SizeIs(0));
  EXPECT_THAT(parse_reports("#0 a+0x\n:\n\n====\n"), SizeIs(0));
}

TEST(TsanReport, SurvivesAReportThatIsCutAnywhere) {
  const std::string log = kRace;
  for (std::size_t size = 0; size < log.size(); ++size) {
    EXPECT_LE(parse_reports(log.substr(0, size)).size(), 1U);
  }
}

TEST(TsanReport, TellsItsOwnFailureFromARace) {
  EXPECT_EQ(fatal_message("FATAL: ThreadSanitizer: unexpected memory mapping 0x5-0x6\nmore\n"),
            "FATAL: ThreadSanitizer: unexpected memory mapping 0x5-0x6");
  EXPECT_EQ(fatal_message(kRace), "");
}

constexpr const char* kAtomicPointer = "/usr/include/c++/12/bits/shared_ptr_atomic.h";

/// A library whose functions `touch_a` (line 3) and `touch_b` (line 6) are known to the symbolizer.
class Explained : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "report.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    std::ofstream(directory_ / "counter.cpp") << "extern volatile int v; volatile int v;\n"
                                                 "extern \"C\" void touch_a() {\n"
                                                 "  v = 1;\n"
                                                 "}\n"
                                                 "extern \"C\" int touch_b() {\n"
                                                 "  return v;\n"
                                                 "}\n"
                                                 "#line 1 \"" +
                                                     std::string(kAtomicPointer) +
                                                     "\"\n"
                                                     "extern \"C\" void touch_c() {\n"
                                                     "  v = 2;\n"
                                                     "}\n";
    const std::string command = "cd " + name +
                                " && g++ -O1 -g1 -fPIC -shared -ffile-prefix-map=" + name +
                                "=. counter.cpp -o lib.so && nm --defined-only lib.so > symbols";
    ASSERT_EQ(std::system(command.c_str()), 0);
    sources_ = {directory_ / "lib.so", directory_ / "scenarios", {"counter.cpp"}};
    std::ifstream symbols(directory_ / "symbols");
    for (std::string address, type, symbol; symbols >> address >> type >> symbol;) {
      if (symbol == "touch_a") a_ = std::stoull(address, nullptr, 16);
      if (symbol == "touch_b") b_ = std::stoull(address, nullptr, 16);
      if (symbol == "touch_c") c_ = std::stoull(address, nullptr, 16);
    }
    ASSERT_TRUE(a_ != 0 && b_ != 0 && c_ != 0);
  }
  void TearDown() override { fs::remove_all(directory_); }

  [[nodiscard]] ReportStack stack(const std::string& header, std::uint64_t offset) const {
    return {header, {{"/usr/lib/libstdc++.so.6", 1}, {sources_.library.string(), offset}}};
  }

  fs::path directory_;
  ReportSources sources_;
  std::uint64_t a_ = 0;
  std::uint64_t b_ = 0;
  std::uint64_t c_ = 0;  ///< of `touch_c`, which claims to stand in the standard library
  Symbolizer symbolizer_;
};

TEST_F(Explained, SaysWhichLinesRaceAndWhoRunsThem) {
  const RawReport report{"data race",
                         {stack("", 0), stack("Read of size 4 at 0x1 by main thread:", b_),
                          stack("Previous write of size 4 at 0x1 by thread T1:", a_)}};
  const auto findings = explain_reports({report}, sources_, symbolizer_);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].kind, FindingKind::data_race);
  EXPECT_EQ(findings[0].message,
            "two threads touch the same variable and no lock orders them: write at counter.cpp:3 "
            "in touch_a and read at counter.cpp:6 in touch_b (main thread)");
  ASSERT_THAT(findings[0].locations, SizeIs(2));
  EXPECT_EQ(findings[0].locations[0].line, 3);
}

TEST_F(Explained, SaysTheSameRaceOnceWhicheverAccessCameFirst) {
  const RawReport one{"data race",
                      {stack("Read of size 4 at 0x1 by thread T1:", b_),
                       stack("Previous write of size 4 at 0x1 by thread T2:", a_)}};
  const RawReport other{"data race",
                        {stack("Write of size 4 at 0x1 by thread T1:", a_),
                         stack("Previous read of size 4 at 0x1 by thread T2:", b_)}};
  EXPECT_THAT(explain_reports({one, other}, sources_, symbolizer_), SizeIs(1));
}

TEST_F(Explained, LeavesOutOnlyRacesWhollyInsideTheLibrarysAtomicPointer) {
  const ReportStack inside = stack("Write of size 4 at 0x1 by thread T1:", c_);
  const ReportStack again = stack("Previous write of size 4 at 0x1 by thread T2:", c_);
  const ReportStack outside = stack("Previous read of size 4 at 0x1 by thread T2:", b_);
  const auto count = [&](const RawReport& report) {
    return explain_reports({report}, sources_, symbolizer_).size();
  };
  EXPECT_EQ(count({"data race", {inside, again}}), 0U);
  EXPECT_EQ(count({"data race", {inside, outside}}), 1U);
  EXPECT_EQ(count({"heap-use-after-free", {inside, again}}), 1U);
  sources_.lines_may_lie = true;
  EXPECT_EQ(count({"data race", {inside, again}}), 1U) << "a #line can claim to be the library";
}

TEST_F(Explained, CountsARaceInALibraryThatTheSubmissionBroughtAlong) {
  fs::copy_file(sources_.library, directory_ / "brought.so");
  const auto brought = [&](const std::string& header) {
    return ReportStack{header, {{(directory_ / "brought.so").string(), c_}}};
  };
  const RawReport report{"data race",
                         {brought("Write of size 4 at 0x1 by thread T1:"),
                          brought("Previous write of size 4 at 0x1 by thread T2:")}};
  EXPECT_THAT(explain_reports({report}, sources_, symbolizer_), SizeIs(1));
}

TEST_F(Explained, DoesNotTrustTheLinesOfASubmissionThatRenamesThem) {
  Workspace workspace;
  workspace.sources = directory_;
  workspace.student_files = {"counter.cpp"};
  EXPECT_TRUE(report_sources(Built{}, workspace).lines_may_lie);
  std::ofstream(directory_ / "honest.cpp") << "#include <memory>\nint line = 1;\n";
  workspace.student_files = {"honest.cpp"};
  EXPECT_FALSE(report_sources(Built{}, workspace).lines_may_lie);
  workspace.student_files = {"honest.cpp", "not-there.cpp"};
  EXPECT_TRUE(report_sources(Built{}, workspace).lines_may_lie);
}

TEST_F(Explained, TellsUseAfterFreeFromARace) {
  const RawReport report{"heap-use-after-free",
                         {stack("Read of size 4 at 0x1 by thread T1:", b_),
                          stack("Previous write of size 8 at 0x1 by main thread:", a_)}};
  const auto findings = explain_reports({report}, sources_, symbolizer_);
  EXPECT_EQ(findings[0].kind, FindingKind::data_race);
  EXPECT_THAT(findings[0].message, AllOf(HasSubstr("already freed"), HasSubstr("counter.cpp:6"),
                                         HasSubstr("counter.cpp:3")));
}

TEST_F(Explained, ExplainsMisuseOfAMutexWithItsPlace) {
  const RawReport report{"unlock of an unlocked mutex (or by a wrong thread)", {stack("", a_)}};
  const auto findings = explain_reports({report}, sources_, symbolizer_);
  EXPECT_EQ(findings[0].kind, FindingKind::misuse);
  EXPECT_THAT(findings[0].message,
              AllOf(HasSubstr("does not hold it"), HasSubstr("counter.cpp:3")));
}

TEST_F(Explained, SaysSoWhenItDoesNotKnowThePlace) {
  const RawReport report{"data race",
                         {{"Read of size 4 at 0x1 by thread T1:", {}},
                          stack("Previous write of size 4 at 0x1 by thread T2:", a_)}};
  const auto findings = explain_reports({report}, sources_, symbolizer_);
  EXPECT_THAT(findings[0].message, HasSubstr("read at an unknown place"));
  EXPECT_THAT(findings[0].locations, SizeIs(1));
}

TEST_F(Explained, CountsAReportWhoseKindWasCutAway) {
  const auto reports = parse_reports("WARNING: ThreadSanitizer: (pid=12)\n");
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_FALSE(reports[0].kind.empty());
}

TEST_F(Explained, ReadsTheLogsOfAllProcessesInTheOrderOfTheirPids) {
  for (const auto& [pid, text] :
       {std::pair{"900", "second"}, std::pair{"1000", "third"}, std::pair{"90", "first"}}) {
    std::ofstream(directory_ / (std::string("tsan.") + pid)) << text << "\n";
  }
  EXPECT_EQ(read_logs(directory_ / "tsan").value(), "first\nsecond\nthird\n");
}

TEST_F(Explained, OfTooManyLogsThoseOfTheFirstPidsAreRead) {
  for (int pid = 2'000; pid > 900; --pid) {
    std::ofstream(directory_ / ("tsan." + std::to_string(pid))) << pid << "\n";
  }
  const std::string text = read_logs(directory_ / "tsan").value();
  EXPECT_EQ(text.substr(0, 8), "901\n902\n");
  EXPECT_EQ(text.substr(text.size() - 10), "1899\n1900\n");
}

TEST_F(Explained, LogsThatAreNoFilesAreEmpty) {
  std::ofstream(directory_ / "tsan.1") << "true\n";
  ASSERT_EQ(mkfifo((directory_ / "tsan.2").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", directory_ / "tsan.3");
  std::filesystem::create_directory(directory_ / "tsan.4");
  EXPECT_EQ(read_logs(directory_ / "tsan").value(), "true\n");
}

TEST_F(Explained, ALogWithoutEndIsCut) {
  std::ofstream(directory_ / "tsan.1") << "x";
  std::filesystem::resize_file(directory_ / "tsan.1", std::uintmax_t{1} << 40U);
  EXPECT_EQ(read_logs(directory_ / "tsan").value().size(), std::size_t{4} << 20U);
  std::string flood;
  for (int i = 0; i < 10'000; ++i) flood += "WARNING: ThreadSanitizer: data race (pid=1)\n";
  EXPECT_EQ(parse_reports(flood).size(), 400U);
}

}  // namespace
}  // namespace grader
