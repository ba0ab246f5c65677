// `grader verify --only-mutants` on a course whose reference solution is written by the test.
#include <gtest/gtest.h>

#include "tiny_course.hpp"

namespace grader {
namespace {

using testing_support::contains;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

constexpr const char* kLocked = R"(#include "counter.hpp"
#include <mutex>
#include <thread>
#include <vector>
struct Sum {
  std::mutex guard;
  int value = 0;
  [[gnu::noinline]] void add() {
    std::lock_guard lock(guard);
    ++value;
  }
  [[gnu::noinline]] int total() {
    return value;
  }
};
int count_together(int threads, int each) {
  Sum sum;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] { for (int k = 0; k < each; ++k) sum.add(); });
  }
  for (std::thread& thread : all) thread.join();
  return sum.total();
}
)";

/// With a lock that keeps nobody out: all threads are joined when the total is asked for.
std::string with_needless_lock() {
  std::string text = kLocked;
  const std::string line = "    return value;\n";
  return text.insert(text.find(line), "    std::lock_guard lock(guard);\n");
}

class VerifyMutants : public testing::Test {
 protected:
  VerifyMutants() {
    // A copy of the exercise, for a test may list equivalent mutants beside the rubric.
    const std::string shared = TinyCourse::controlled_root().string();
    const Ran copied = course_.shell("mkdir course && ln -s '" + shared +
                                     "/grader' course && cp -r '" + shared + "/exercises' course");
    EXPECT_EQ(copied.status, 0) << copied.output;
  }

  Ran mutants_of(const std::string& reference) const {
    course_.write("course/solutions/1-tiny/counter.cpp", reference);
    return course_.grader("verify 1 --only-mutants --root course");
  }
  void list_as_equivalent(const std::string& kind) const {
    const std::string file = "course/exercises/1-tiny/equivalent_mutants.yaml";
    const std::string before =
        std::filesystem::exists(course_.folder() / file) ? course_.read(file) : std::string();
    course_.write(file, before + "- function: Sum::total\n  kind: " + kind +
                            "\n  why: every thread is joined before\n");
  }

  TinyCourse course_;
};

TEST_F(VerifyMutants, TheScoreIsFullWhenTheRubricNoticesThemAll) {
  const Ran ran = mutants_of(kLocked);
  EXPECT_EQ(ran.status, 0) << ran.output;
  for (const std::string mutant :
       {"counter.cpp:9 in Sum::add: drop_lock", "counter.cpp:9 in Sum::add: release_early",
        "counter.cpp:22 in count_together: drop_join"}) {
    EXPECT_TRUE(contains(ran.output, mutant)) << mutant << '\n' << ran.output;
  }
  EXPECT_TRUE(contains(ran.output, "mutation score 100 % (3 noticed, 0 not; 0 more")) << ran.output;
}

TEST_F(VerifyMutants, NamesTheCallWhoseMutantsTheRubricDoesNotNotice) {
  const Ran ran = mutants_of(with_needless_lock());
  EXPECT_EQ(ran.status, 1) << ran.output;
  const std::string bad = "BAD  1-tiny counter.cpp:13 in Sum::total: ";
  EXPECT_TRUE(contains(ran.output, bad + "drop_lock: the rubric does not")) << ran.output;
  EXPECT_TRUE(contains(ran.output, bad + "release_early: the rubric does not")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "mutation score 60 % (3 noticed, 2 not;")) << ran.output;
}

TEST_F(VerifyMutants, ThoseListedAsEquivalentAreNotAsked) {
  list_as_equivalent("drop_lock");
  list_as_equivalent("release_early");
  const Ran ran = mutants_of(with_needless_lock());
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "100 % (3 noticed, 0 not; 2 more are equ")) << ran.output;
}

TEST_F(VerifyMutants, AnEntryThatFitsNoMutantAnyMoreIsAnError) {
  list_as_equivalent("drop_lock");
  const Ran ran = mutants_of(kLocked);
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no unnoticed mutant is a drop_lock in Sum::total; remove it"))
      << ran.output;
}

TEST_F(VerifyMutants, AReferenceThatLosesPointsByItselfHasNoScore) {
  for (const std::string reference : {testing_support::kDoesNotCompile, testing_support::kWrong}) {
    const Ran ran = mutants_of(reference);
    EXPECT_EQ(ran.status, 1) << ran.output;
    EXPECT_TRUE(contains(ran.output, "of 100 points with nothing changed")) << ran.output;
    EXPECT_FALSE(contains(ran.output, "mutation score 1")) << ran.output;
  }
}

}  // namespace
}  // namespace grader
