#include "explore/lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace grader {
namespace {

using protocol::EventKind;
using ::testing::HasSubstr;
using ::testing::Not;

TraceEvent event_of(EventKind kind, std::uint64_t step, std::uint32_t thread, std::uint64_t object,
                    std::int64_t value) {
  TraceEvent event;
  event.kind = kind;
  event.step = step;
  event.thread = thread;
  event.object = object;
  event.value = value;
  return event;
}

// Thread 1 creates thread 2, which takes lock 8; then 1 joins 2, and 2 waits for lock 9.
Failure blocked_run() {
  Failure failure;
  failure.trace = {event_of(EventKind::thread_create, 1, 1, 7, 2),
                   event_of(EventKind::lock, 2, 2, 8, 0)};
  protocol::Decision last;
  last.head.flags = protocol::kFinal;
  protocol::Candidate join{};
  join.thread = 1;
  join.operation = EventKind::thread_join;
  join.object = 7;
  protocol::Candidate lock{};
  lock.thread = 2;
  lock.operation = EventKind::lock;
  lock.object = 9;
  last.candidates = {join, lock};
  failure.decisions = {last};
  return failure;
}

TEST(Lanes, NameTheThreadThatABlockedJoinWaitsFor) {
  const std::string picture = draw_lanes(blocked_run(), {});
  EXPECT_THAT(picture, HasSubstr("BLOCKED: join thread 2"));
  EXPECT_THAT(picture, Not(HasSubstr("thread 0")));
}

TEST(Lanes, ShowStepsAndWhatBlocksAtTheEnd) {
  const std::string picture = draw_lanes(blocked_run(), {});
  EXPECT_THAT(picture, HasSubstr("create thread 2"));
  EXPECT_THAT(picture, HasSubstr("BLOCKED: lock #9"));
  EXPECT_LT(picture.find("lock #8"), picture.find("lock #9"));
}

TEST(Lanes, SayWhichThreadIsWhichProcess) {
  Failure failure = blocked_run();
  TraceEvent start = event_of(EventKind::process_start, 1, 2, 0, 0);
  start.process = 5;
  failure.trace.insert(failure.trace.begin(), start);
  const std::string picture = draw_lanes(failure, {});
  EXPECT_THAT(picture, HasSubstr("thread 2, process 5"));
  EXPECT_THAT(picture, HasSubstr("process 5 starts"));
}

TEST(Lanes, LeaveOutTheMiddleOfALongStretch) {
  Failure failure = blocked_run();
  for (std::uint64_t step = 3; step < 500; ++step) {
    failure.trace.push_back(event_of(EventKind::yield, step, 2, 0, 0));
  }
  const std::string picture = draw_lanes(failure, {});
  EXPECT_THAT(picture, HasSubstr("more steps"));
  EXPECT_THAT(picture, HasSubstr("BLOCKED: lock #9"));
  EXPECT_LT(std::count(picture.begin(), picture.end(), '\n'), 70);
}

}  // namespace
}  // namespace grader
