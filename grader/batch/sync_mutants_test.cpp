#include "batch/sync_mutants.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

using protocol::MutationKind;
using protocol::SyncCall;

SyncSite site(SyncCall call, int line, std::uint64_t id, bool adjacent = false) {
  return {call, id, {"queue.cpp", line, 0, "put"}, adjacent};
}

std::vector<std::string> texts(const std::vector<SyncMutant>& mutants) {
  std::vector<std::string> all;
  for (const SyncMutant& mutant : mutants) all.push_back(to_text(mutant));
  return all;
}

TEST(SyncMutants, EachKindThatFitsACallIsMadeOncePerCallSite) {
  const std::vector<SyncMutant> mutants =
      plan_mutants({site(SyncCall::notify_all, 9, 2), site(SyncCall::lock, 7, 1),
                    site(SyncCall::lock, 7, 1), site(SyncCall::join, 12, 3)});
  EXPECT_EQ(texts(mutants),
            (std::vector<std::string>{
                "queue.cpp:7 in put: drop_lock", "queue.cpp:7 in put: release_early",
                "queue.cpp:9 in put: drop_notify", "queue.cpp:9 in put: notify_one",
                "queue.cpp:12 in put: drop_join"}));
}

TEST(SyncMutants, LocksChangePlacesOnlyWhereAnotherOneFollows) {
  const std::vector<SyncMutant> mutants =
      plan_mutants({site(SyncCall::lock, 7, 1), site(SyncCall::lock, 7, 1, true)});
  ASSERT_EQ(mutants.size(), 3U);
  EXPECT_EQ(mutants[2].kind, MutationKind::swap_locks);
}

TEST(SyncMutants, TheScoreLeavesOutReviewedEquivalents) {
  const std::vector<SyncMutant> mutants =
      plan_mutants({site(SyncCall::lock, 7, 1), site(SyncCall::notify_one, 9, 2)});
  const MutationScore score = judge_mutants(
      mutants, {true, false, false}, {{"put", "release_early", "nobody else is there", 3}}, "e");
  EXPECT_EQ(texts(score.noticed), std::vector<std::string>{"queue.cpp:7 in put: drop_lock"});
  EXPECT_EQ(texts(score.equivalent), std::vector<std::string>{"queue.cpp:7 in put: release_early"});
  EXPECT_EQ(texts(score.unnoticed), std::vector<std::string>{"queue.cpp:9 in put: drop_notify"});
  EXPECT_DOUBLE_EQ(score.percent(), 50);
  EXPECT_TRUE(score.problems.empty());
}

TEST(SyncMutants, AnEquivalentThatIsNoticedAfterAllIsAProblem) {
  const std::vector<SyncMutant> mutants = plan_mutants({site(SyncCall::join, 7, 1)});
  const MutationScore score =
      judge_mutants(mutants, {true}, {{"put", "drop_join", "who cares", 3}}, "list.yaml");
  ASSERT_EQ(score.problems.size(), 1U);
  EXPECT_EQ(score.problems[0], "list.yaml:3: no unnoticed mutant is a drop_join in put; remove it");
}

class EquivalentMutants : public testing::Test {
 protected:
  std::string problem_of(const std::string& text) {
    const std::filesystem::path file = directory_.path() / "equivalent_mutants.yaml";
    std::ofstream(file) << text;
    const auto entries = read_equivalents(file);
    return entries.ok() ? "" : entries.error().message.substr(file.string().size());
  }

  testing_support::TemporaryDirectory directory_;
};

TEST_F(EquivalentMutants, AreReadWithTheirReason) {
  EXPECT_EQ(problem_of("- {function: put, kind: drop_lock, why: alone}\n"), "");
  const auto entries = read_equivalents(directory_.path() / "equivalent_mutants.yaml");
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().why, "alone");
}

TEST_F(EquivalentMutants, MayBeNone) {
  const auto entries = read_equivalents(directory_.path() / "missing.yaml");
  ASSERT_TRUE(entries.ok());
  EXPECT_TRUE(entries->empty());
}

TEST_F(EquivalentMutants, AreRefusedWithFileAndLine) {
  EXPECT_EQ(problem_of("- {function: put, kind: drop_lock}\n"),
            ":1: function, kind and why are all needed");
  EXPECT_EQ(problem_of("- function: put\n  kind: scout\n  why: so\n"),
            ":1: `scout` is no kind of mutant");
  EXPECT_EQ(problem_of("- function: put\n  kinds: drop_lock\n"),
            ":2: unknown key `kinds`; known: function, kind, why");
  EXPECT_EQ(problem_of("function: put\n"), ":1: a list of mutants");
}

}  // namespace
}  // namespace grader
