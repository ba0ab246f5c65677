#include "batch/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <vector>

namespace grader {
namespace {

const auto kNeverStop = [] { return false; };

TEST(Pool, DoesEachPieceOfWorkOnce) {
  for (const unsigned jobs : {0U, 1U, 3U, 50U}) {
    std::vector<std::atomic<int>> done(20);
    run_pool(
        jobs, done.size(), [&](std::size_t i) { ++done[i]; }, kNeverStop);
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
}

TEST(Pool, WorksSideBySideButNotOnMoreThanAsked) {
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  std::barrier pair(2);  // passes only if two pieces are under way together
  run_pool(
      2, 6,
      [&](std::size_t) {
        const int now = ++at_once;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) continue;
        pair.arrive_and_wait();
        --at_once;
      },
      kNeverStop);
  EXPECT_EQ(most, 2);
}

TEST(Pool, StartsNothingOnceToldToStop) {
  std::atomic<bool> stop{false};
  std::atomic<int> done{0};
  run_pool(
      1, 10,
      [&](std::size_t i) {
        ++done;
        if (i == 3) stop = true;
      },
      [&] { return stop.load(); });
  EXPECT_EQ(done, 4);
}

TEST(Pool, ReturnsAtOnceWithoutWork) {
  run_pool(
      4, 0, [](std::size_t) { FAIL(); }, kNeverStop);
}

}  // namespace
}  // namespace grader
