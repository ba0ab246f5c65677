#include <gtest/gtest.h>

#include <set>
#include <string>

#include "runtime/testing/controlled_program.hpp"

namespace grader {
namespace {

using protocol::Mutation;
using protocol::MutationKind;
using testing::ControlledProgram;
using testing::ControlledRun;
using testing::random_walk;

constexpr std::uint64_t kSchedules = 200;
constexpr std::size_t kHexDigits = 16;

// A call of the program with the whole path that leads to it.
struct Call {
  std::string name;
  std::uint64_t site;
  auto operator<=>(const Call&) const = default;
};

class Mutants : public ::testing::Test {
 protected:
  Mutants()
      : program_(
            {std::string(GRADER_BINARY_DIR) + "/fixtures/programs/hands_work_over_in_every_way"}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) scout(seed);
  }

  // Of the mutants of this kind, one for each call: how many showed in some schedule.
  std::size_t shown(MutationKind kind, const std::string& call) {
    std::size_t count = 0;
    for (const Call& at : calls_) {
      if (at.name == call && fails(Mutation{kind, at.site})) ++count;
    }
    return count;
  }

  std::size_t calls(const std::string& name) const {
    std::size_t count = 0;
    for (const Call& call : calls_) count += call.name == name ? 1 : 0;
    return count;
  }

  bool fails(Mutation mutation) {
    for (std::uint64_t seed = 1; seed <= kSchedules; ++seed) {
      protocol::RunOptions options = random_walk(seed);
      options.mutation = mutation;
      options.points = points_;
      const ControlledRun run = program_.run(options);
      if (!run.exited_with(0) || !run.findings.empty()) return true;
    }
    return false;
  }

  protocol::Points points_ = protocol::Points::sync;

 private:
  void scout(std::uint64_t seed) {
    protocol::RunOptions options = random_walk(seed);
    options.mutation.kind = MutationKind::scout;
    const ControlledRun run = program_.run(options);
    EXPECT_TRUE(run.exited_with(0)) << run.describe();
    for (const protocol::Event& event : run.events) {
      if (event.kind != protocol::EventKind::call_site) continue;
      const std::string text(program_.channel().text() + event.text_offset, event.text_size);
      ASSERT_GE(text.size(), 2 * kHexDigits);
      calls_.insert(
          {event.name, std::stoull(text.substr(text.size() - kHexDigits), nullptr, kHexDigits)});
    }
  }

  ControlledProgram program_;
  std::set<Call> calls_;
};

// Of the seven, those around `items` alone: note's two locks stand in for each other, and the wait
// for an hour has nobody to fear.
TEST_F(Mutants, ThatLeaveOutALockShowWhereItGuardsSomething) {
  points_ = protocol::Points::accesses;
  EXPECT_EQ(calls("lock"), 7U);
  EXPECT_EQ(shown(MutationKind::drop_lock, "lock"), 2U);
  EXPECT_EQ(shown(MutationKind::release_early, "lock"), 2U);
}

TEST_F(Mutants, ThatSwapTwoLocksOfOneThreadDeadlockWithTheOther) {
  EXPECT_GE(shown(MutationKind::swap_locks, "lock"), 2U);
}

TEST_F(Mutants, ThatNotifyNobodyAreMissed) {
  EXPECT_EQ(calls("notify_all"), 1U);
  EXPECT_EQ(shown(MutationKind::drop_notify, "notify_all"), 1U);
}

TEST_F(Mutants, ThatNotifyOneOfOneChangeNothing) {
  EXPECT_EQ(shown(MutationKind::notify_one, "notify_all"), 0U);
}

TEST_F(Mutants, ThatEndATimedWaitAtOnceShow) {
  EXPECT_EQ(calls("timed_wait"), 1U);
  EXPECT_EQ(shown(MutationKind::wake_early, "timed_wait"), 1U);
}

TEST_F(Mutants, ThatJoinNobodyShow) {
  EXPECT_EQ(calls("join"), 2U);
  EXPECT_EQ(shown(MutationKind::drop_join, "join"), 2U);
}

TEST_F(Mutants, ThatTearAnUpdateLoseOne) {
  EXPECT_EQ(calls("update"), 2U);
  EXPECT_EQ(shown(MutationKind::tear_update, "update"), 2U);
}

TEST_F(Mutants, OfACallThatIsNotThereChangeNothing) {
  EXPECT_FALSE(fails(Mutation{MutationKind::drop_lock, 12345}));
}

}  // namespace
}  // namespace grader
