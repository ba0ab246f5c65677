// `grader verify` on a course whose rubric, submissions and expectations are written by the test.
#include <gtest/gtest.h>

#include "tiny_course.hpp"

namespace grader {
namespace {

using testing_support::contains;
using testing_support::kCorrect;
using testing_support::kWrong;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

constexpr const char* kRacy = R"(#include "counter.hpp"
#include <thread>
#include <vector>
int count_together(int threads, int each) {
  int sum = 0;
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] { for (int k = 0; k < each; ++k) ++sum; });
  }
  all.clear();
  return sum;
}
)";

class VerifyCommand : public testing::Test {
 protected:
  VerifyCommand() {
    // The exercise is the shared one, which is built once; submissions are the test's own.
    const std::string shared = TinyCourse::controlled_root().string();
    const Ran linked = course_.shell("mkdir course && ln -s '" + shared + "/grader' '" + shared +
                                     "/exercises' course");
    EXPECT_EQ(linked.status, 0) << linked.output;
    course_.write("course/solutions/1-tiny/counter.cpp", kCorrect);
    add_faulty("counts-one", kWrong, "fails: [counts]\n");
    add_faulty("shares-the-sum", kRacy, "fails: [no-race]\n");
    add_faulty("does-not-compile", testing_support::kDoesNotCompile, "fails: [builds]\n");
  }

  void add_faulty(const std::string& name, const std::string& text, const std::string& expected) {
    const std::string folder = std::string(kFixtures) + "faulty/" + name;
    course_.write(folder + "/counter.cpp", text);
    course_.write(folder + "/expected.yaml", expected);
  }
  Ran verify(const std::string& more = "") const {
    return course_.grader("verify --root course " + more);
  }

  static constexpr const char* kFixtures = "course/fixtures/submissions/1-tiny/";
  TinyCourse course_;
};

TEST_F(VerifyCommand, AgreesWhenEverySubmissionGetsWhatItMustGet) {
  const Ran ran = verify();
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "5 gradings, 5 as they should be, 0 problems")) << ran.output;
}

TEST_F(VerifyCommand, NamesTheCriterionThatAFaultySubmissionPassesAgainstExpectation) {
  add_faulty("is-right-after-all", kCorrect, "fails: [counts]\n");
  const Ran ran = verify();
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(ran.output, "counts should fail, but is pass")) << ran.output;
}

TEST_F(VerifyCommand, NamesTheCriterionThatACorrectSubmissionFails) {
  course_.write(std::string(kFixtures) + "correct/shares-the-sum/counter.cpp", kRacy);
  const Ran ran = verify("--variant correct/");
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no-race should pass, but is fail")) << ran.output;
}

TEST_F(VerifyCommand, NamesTheCriterionThatNoFaultySubmissionFails) {
  add_faulty("shares-the-sum", kWrong, "fails: [counts]\n");
  const Ran ran = verify();
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no faulty submission fails `no-race`")) << ran.output;
}

TEST_F(VerifyCommand, GradesTheSubmissionsAskedForWithEverySeed) {
  const Ran ran = verify("--variant solutions/,faulty/shares --seeds 3,4,5");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "solutions/1-tiny seed 4: 100 of 100")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "faulty/shares-the-sum seed 5: 60 of 100")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "6 gradings, 6 as they should be")) << ran.output;
}

TEST_F(VerifyCommand, SaysThatNoSubmissionHasTheNameAskedFor) {
  const Ran ran = verify("--variant correkt/");
  EXPECT_EQ(ran.status, 2) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no submission's name begins")) << ran.output;
}

}  // namespace
}  // namespace grader
