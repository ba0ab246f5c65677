#include "explore/session_pool.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace grader {
namespace {

ControlledProgram truth() {
  ControlledProgram program;
  program.command = {"/bin/true"};
  program.libraries = std::filesystem::path(GRADER_BINARY_DIR) / "lib";
  return program;
}

SessionPool::Sessions lent(SessionPool& pool, unsigned count) {
  Result<SessionPool::Sessions> sessions = pool.lend(truth(), count);
  EXPECT_TRUE(sessions.ok()) << (sessions.ok() ? "" : sessions.error().message);
  return sessions.ok() ? std::move(*sessions) : SessionPool::Sessions{};
}

TEST(SessionPool, LendsAgainWhatCameBackInTheSameOrder) {
  SessionPool pool;
  SessionPool::Sessions first = lent(pool, 2);
  ASSERT_EQ(first.size(), 2U);
  const ControlledSession* a = first[0].get();
  const ControlledSession* b = first[1].get();
  pool.give_back(std::move(first));
  const SessionPool::Sessions again = lent(pool, 2);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(again[0].get(), a);
  EXPECT_EQ(again[1].get(), b);
}

TEST(SessionPool, StartsFreshOnesForThoseThatDidNotComeBack) {
  SessionPool pool;
  const SessionPool::Sessions dropped = lent(pool, 1);
  const SessionPool::Sessions next = lent(pool, 1);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_NE(next[0].get(), dropped[0].get());
  EXPECT_TRUE(next[0]->run({}).ok());
}

TEST(SessionPool, LendsAtLeastOne) {
  SessionPool pool;
  EXPECT_EQ(lent(pool, 0).size(), 1U);
}

}  // namespace
}  // namespace grader
