#include "explore/thrift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace grader {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

TraceEvent event(protocol::EventKind kind, std::string text = "") {
  TraceEvent made;
  made.kind = kind;
  made.text = std::move(text);
  return made;
}

RunPlan unread() {
  RunPlan plan;
  plan.output_is_checked = false;
  plan.trace_is_checked = false;
  return plan;
}

TEST(Thrift, LeavesAShortTextAsItIs) { EXPECT_EQ(head_and_tail("0123456789", 5), "0123456789"); }

TEST(Thrift, SaysHowMuchOfALongTextItLeavesOut) {
  EXPECT_EQ(head_and_tail("abcdefgh", 2), "ab\n[... 4 bytes left out ...]\ngh");
}

TEST(Thrift, KeepsTheEndsOfOutputThatNobodyCompares) {
  Observation run;
  run.stdout_text = "first" + std::string(1 << 20, 'x') + "last";
  run.stderr_text = run.stdout_text;
  keep_what_is_checked(unread(), run);
  for (const std::string& text : {run.stdout_text, run.stderr_text}) {
    EXPECT_LT(text.size(), 3 * kOutputEndBytes);
    EXPECT_THAT(text, StartsWith("first"));
    EXPECT_THAT(text, HasSubstr("bytes left out"));
    EXPECT_THAT(text, EndsWith("last"));
  }
}

TEST(Thrift, KeepsAllOutputThatACheckCompares) {
  Observation run;
  run.stdout_text = std::string(1 << 20, 'x');
  keep_what_is_checked(RunPlan{}, run);
  EXPECT_THAT(run.stdout_text, SizeIs(1 << 20));
}

TEST(Thrift, KeepsOfATraceThatNobodyReadsOnlyWhatTheScenarioSaid) {
  Observation run;
  run.trace = {event(protocol::EventKind::mark),
               event(protocol::EventKind::test_assertion, "a.cpp:1: no"),
               event(protocol::EventKind::yield), event(protocol::EventKind::test_end)};
  keep_what_is_checked(unread(), run);
  ASSERT_THAT(run.trace, SizeIs(2));
  EXPECT_EQ(run.trace[0].text, "a.cpp:1: no");
  EXPECT_EQ(run.termination, Termination(Exited{0}));
}

TEST(Thrift, KeepsTheWholeTraceThatACheckReads) {
  Observation run;
  run.trace = Trace(5000, event(protocol::EventKind::mark));
  keep_what_is_checked(RunPlan{}, run);
  EXPECT_THAT(run.trace, SizeIs(5000));
}

TEST(Thrift, BoundsWhatAllRunsOfAPlanTakeTogether) {
  constexpr std::size_t kRunBytes = 4U << 20U;
  constexpr std::size_t kFit = kKeptBytesMax / kRunBytes;
  KeptRuns kept;
  EXPECT_LT(kept.room(), kFit);
  for (std::size_t i = 0; i < kFit; ++i) {
    Observation run;
    run.stdout_text = std::string(kRunBytes, 'x');
    kept.count(run);
    EXPECT_FALSE(exceeds_a_limit(run)) << i;
  }
  EXPECT_EQ(kept.room(), 1U);
  Observation one_more;
  one_more.stdout_text = std::string(kRunBytes, 'x');
  kept.count(one_more);
  EXPECT_EQ(one_more.termination, Termination(LimitExceeded{"events"}));
  EXPECT_LT(one_more.stdout_text.size(), 3 * kOutputEndBytes);
}

TEST(Thrift, CallsATraceThatIsTooBigALimitExceeded) {
  Observation run;
  run.trace = Trace(kTraceBytesMax / (1U << 16U) + 1,
                    event(protocol::EventKind::output, std::string(1U << 16U, 'x')));
  keep_what_is_checked(unread(), run);
  EXPECT_EQ(run.termination, Termination(LimitExceeded{"events"}));
  EXPECT_TRUE(exceeds_a_limit(run));
  for (const TraceEvent& kept : run.trace) EXPECT_LT(kept.text.size(), 2 * kOutputEndBytes);
}

TEST(Thrift, KeepsTheEndsOfTheTraceOfARunThatExceededALimit) {
  Observation run;
  run.termination = LimitExceeded{"wall"};
  for (std::uint64_t i = 0; i < 10 * kTraceEndEvents; ++i) {
    run.trace.push_back(event(protocol::EventKind::yield));
    run.trace.back().sequence = i;
  }
  keep_what_is_checked(RunPlan{}, run);
  ASSERT_THAT(run.trace, SizeIs(2 * kTraceEndEvents));
  EXPECT_EQ(run.trace.front().sequence, 0U);
  EXPECT_EQ(run.trace.back().sequence, 10 * kTraceEndEvents - 1);
  EXPECT_EQ(run.termination, Termination(LimitExceeded{"wall"}));
}

}  // namespace
}  // namespace grader
