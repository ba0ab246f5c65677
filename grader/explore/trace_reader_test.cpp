#include "explore/trace_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

namespace grader {
namespace {

using protocol::Channel;
using protocol::Event;
using protocol::EventKind;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr protocol::ChannelSizes kSizes = {.events = 64,
                                           .text_bytes = 4096,
                                           .choices = 1,
                                           .decision_bytes = 4096,
                                           .hint_bytes = 4096,
                                           .arena_bytes = 4096};

class TraceReader : public testing::Test {
 protected:
  TraceReader() : memory_(protocol::channel_total_size(kSizes)) {
    channel_ = Channel::format(memory_.data(), kSizes);
  }

  void append(EventKind kind, std::uint32_t process, std::uint32_t thread, std::int64_t value = 0,
              std::uint64_t object = 0, const char* name = "", const std::string& text = "") {
    Event event{};
    event.kind = kind;
    event.process = process;
    event.thread = thread;
    event.value = value;
    event.object = object;
    std::strncpy(event.name, name, sizeof event.name - 1);
    event.text_size = static_cast<std::uint32_t>(text.size());
    event.text_offset = channel_.append_text(text.data(), event.text_size);
    channel_.append(event);
  }

  [[nodiscard]] Trace read(TraceIds ids = TraceIds::counted, std::uint32_t program = 0) const {
    return read_trace({memory_.data(), kSizes}, ids, program);
  }

  std::vector<std::byte> memory_;
  Channel channel_;
};

TEST_F(TraceReader, SplitsTheAttributesOfAMark) {
  append(EventKind::mark, 1, 1, 0, 0, "task.start", "task=3;who=alice");
  const Trace trace = read();
  ASSERT_THAT(trace, SizeIs(1));
  EXPECT_EQ(trace[0].name, "task.start");
  EXPECT_THAT(trace[0].attributes, ElementsAre(Pair("task", "3"), Pair("who", "alice")));
}

TEST_F(TraceReader, KeepsTheTextOfOtherEvents) {
  append(EventKind::test_assertion, 1, 1, 0, 0, "", "a.cpp:3: one is not two");
  EXPECT_EQ(read()[0].text, "a.cpp:3: one is not two");
}

TEST_F(TraceReader, NumbersProcessesAndThreadsByAppearanceWithTheProgramFirst) {
  append(EventKind::thread_start, 500, 700);
  append(EventKind::process_start, 900, 900, 500);
  append(EventKind::process_reaped, 500, 500, 0, 900);
  append(EventKind::mark, 500, 700, 900, 0, "process.name", "sleeper");
  const Trace trace = read(TraceIds::kernel, 500);
  EXPECT_EQ(trace[0].process, 1U);
  EXPECT_EQ(trace[0].thread, 2U);
  EXPECT_EQ(trace[1].process, 2U);
  EXPECT_EQ(trace[1].value, 1);
  EXPECT_EQ(trace[2].thread, 1U);
  EXPECT_EQ(trace[2].object, 2U);
  EXPECT_EQ(trace[3].value, 2);
  EXPECT_EQ(trace[3].text, "sleeper");
}

TEST_F(TraceReader, TellsTwoProcessesWithTheSamePidApart) {
  append(EventKind::process_start, 900, 900, 500);
  append(EventKind::process_reaped, 500, 500, 0, 900);
  append(EventKind::process_start, 900, 900, 500);
  const Trace trace = read(TraceIds::kernel, 500);
  EXPECT_EQ(trace[0].process, 2U);
  EXPECT_EQ(trace[2].process, 3U);
}

TEST_F(TraceReader, KeepsTheSignOfASignalToAGroup) {
  append(EventKind::process_start, 900, 900, 500);
  append(EventKind::signal_sent, 500, 500, 15, static_cast<std::uint64_t>(std::int64_t{-900}));
  EXPECT_EQ(static_cast<std::int64_t>(read(TraceIds::kernel, 500)[1].object), -2);
}

TEST_F(TraceReader, BelievesNoClosingRecordWithoutTheKey) {
  append(EventKind::test_end, 1, 1, 0);
  append(EventKind::closing, 1, 1, 7);
  EXPECT_TRUE(read_harness_record(read(), 7).closed);
  EXPECT_TRUE(read_harness_record(read(), 7).passed);
  EXPECT_FALSE(read_harness_record(read(), 8).closed);
  EXPECT_FALSE(read_harness_record(read(), 8).passed);
}

TEST_F(TraceReader, PassesNoRunWithAFailedAssertion) {
  append(EventKind::test_assertion, 1, 1);
  append(EventKind::test_end, 1, 1, 0);
  append(EventKind::closing, 1, 1, 7);
  EXPECT_FALSE(read_harness_record(read(), 7).passed);
}

TEST_F(TraceReader, LeavesOutHolesAndUnknownKinds) {
  append(EventKind::none, 1, 1);
  append(static_cast<EventKind>(60000), 1, 1);
  append(EventKind::yield, 1, 1);
  const Trace trace = read();
  ASSERT_THAT(trace, SizeIs(1));
  EXPECT_EQ(trace[0].sequence, 2U);
}

TEST_F(TraceReader, CountsEventsThatDidNotFit) {
  for (int i = 0; i < 70; ++i) append(EventKind::yield, 1, 1);
  EXPECT_THAT(read(), SizeIs(64));
  EXPECT_EQ(lost_events({memory_.data(), kSizes}), 6U);
}

TEST_F(TraceReader, ReadsReportsInTheirOrderAndCountsThoseThatDidNotFit) {
  for (std::uint32_t i = 0; i < protocol::kReportsMax + 3; ++i) {
    const std::string text = i == 0 ? "WARNING: first\n" : i == 1 ? "WARNING: second\n" : "W\n";
    channel_.append_report(text.data(), static_cast<std::uint32_t>(text.size()));
  }
  const Reports reports = read_reports({memory_.data(), kSizes});
  EXPECT_THAT(reports.text, testing::StartsWith("WARNING: first\nWARNING: second\nW\n"));
  EXPECT_EQ(reports.lost, 3U);
}

TEST_F(TraceReader, CountsAReportWhoseTextDidNotFit) {
  const std::string flood(kSizes.text_bytes, 'x');
  append(EventKind::output, 1, 1, 1, 0, "", flood);
  channel_.append_report("WARNING: lost\n", 14);
  const Reports reports = read_reports({memory_.data(), kSizes});
  EXPECT_EQ(reports.text, "WARNING: ThreadSanitizer: data race\n");
  EXPECT_EQ(reports.lost, 0U);
}

TEST_F(TraceReader, ReadsFindingsWithTheirPlaces) {
  protocol::ChannelHeader& header = channel_.header();
  const std::string text = "two threads wait for each other";
  auto size = static_cast<std::uint32_t>(text.size());
  header.findings[0] = {.kind = FindingKind::deadlock,
                        .thread = 1,
                        .step = 9,
                        .object = 0,
                        .text_offset = channel_.append_text(text.data(), size),
                        .text_size = size,
                        .location_count = 2,
                        .locations = {11, 12}};
  header.findings_used = 1;
  const auto found = read_findings({memory_.data(), kSizes});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].finding.kind, FindingKind::deadlock);
  EXPECT_EQ(found[0].finding.message, text);
  EXPECT_THAT(found[0].location_codes, ElementsAre(11U, 12U));
}

TEST_F(TraceReader, SurvivesGarbageInTheWholeChannel) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    for (std::byte& byte : memory_) byte = static_cast<std::byte>(random());
    // Lengths near the borders are the dangerous ones.
    if (round % 2 == 0) channel_.header().events_used = 64;
    if (round % 4 == 0) channel_.header().findings_used = protocol::kFindingsMax;
    const ChannelView view{memory_.data(), kSizes};
    EXPECT_LE(read_trace(view, TraceIds::kernel, 5).size(), 64U);
    EXPECT_LE(read_findings(view).size(), protocol::kFindingsMax);
    for (std::uint32_t i = 0; i < 300; ++i) EXPECT_LE(read_module(view, i).size(), 4096U);
  }
}

TEST_F(TraceReader, ReadsTextUpToTheVeryEndAndNoFurther) {
  Event event{};
  event.kind = EventKind::output;
  event.text_offset = kSizes.text_bytes - 2;
  event.text_size = 2;
  channel_.append(event);
  event.text_size = 3;
  channel_.append(event);
  event.text_offset = ~0ULL;
  channel_.append(event);
  const Trace trace = read();
  EXPECT_THAT(trace[0].text, SizeIs(2));
  EXPECT_THAT(trace[1].text, SizeIs(0));
  EXPECT_THAT(trace[2].text, SizeIs(0));
}

}  // namespace
}  // namespace grader
