// `speed: benchmark` from the command line: a course of its own, whose reference adds up numbers.
#include <gtest/gtest.h>

#include <filesystem>

#include "tiny_course.hpp"

namespace grader::testing_support {
namespace {

constexpr const char* kRubric = R"(exercise: 1-sum
title: Sum
duration: 10min
submit: [sum.cpp]
points: 10
pass: 5
limits: {cpu: 20s, wall: 20s, memory: 512MiB, processes: 64, output: 1MiB}
explore: {mode: native, native_runs: 1, race_runs: 1}
criteria:
  - {id: right, points: 7, check: test, scenarios: [Sum.*]}
  - id: quick
    points: 3
    check: speed
    scenarios: [Speed.*]
    requires: [right]
    benchmark: {at_most: 5}
)";

std::string adding_up(int times) {
  return "#include \"sum.hpp\"\nlong sum_to(long last) {\n  volatile long sum = 0;\n"
         "  for (int k = 0; k < " +
         std::to_string(times) +
         "; ++k) {\n    sum = 0;\n    for (long i = 1; i <= last; ++i) sum = sum + i;\n  }\n"
         "  return sum;\n}\n";
}

const std::string kCrashes =
    "#include \"sum.hpp\"\n#include <cstdlib>\n"
    "long sum_to(long last) { if (last > 3) std::abort(); return 6; }\n";

class Speed : public testing::Test {
 protected:
  void SetUp() override {
    const std::filesystem::path exercise = "course/exercises/1-sum";
    course_.write(exercise / "rubric.yaml", kRubric);
    course_.write(exercise / "sum.hpp", "#pragma once\nlong sum_to(long last);\n");
    course_.write(exercise / "sum.cpp", "#include \"sum.hpp\"\nlong sum_to(long) { return 0; }\n");
    const std::string head = "#include \"harness/scenario.hpp\"\n#include \"sum.hpp\"\n";
    course_.write(exercise / "scenarios/sums.cpp",
                  head + "TEST(Sum, IsRight) { EXPECT_EQ(sum_to(3), 6); }\n");
    course_.write(exercise / "scenarios/speed.cpp",
                  head + "TEST(Speed, Sums) { EXPECT_EQ(sum_to(20000), 200010000); }\n");
    course_.write("course/solutions/1-sum/sum.cpp", adding_up(1));
    std::filesystem::create_directory_symlink(std::filesystem::path(GRADER_SOURCE_DIR) / "grader",
                                              course_.folder() / "course/grader");
  }

  std::string graded(const std::string& name, const std::string& source) {
    course_.write(std::filesystem::path(name) / "sum.cpp", source);
    return course_.grader("check 1 --root course --submission " + name + " --format json").output;
  }

  TinyCourse course_;
};

TEST_F(Speed, IsHeldAgainstTheReference) {
  const std::string quick = graded("quick", adding_up(1));
  EXPECT_TRUE(contains(quick, "takes at most 5 times the CPU time of the reference")) << quick;
  EXPECT_TRUE(contains(quick, "\"points\": 10")) << quick;
  EXPECT_TRUE(contains(quick, "\"ratio_high\"")) << quick;
  const std::string slow = graded("slow", adding_up(40));
  EXPECT_TRUE(contains(slow, "takes more than 5 times the CPU time of the reference")) << slow;
  EXPECT_TRUE(contains(slow, "\"points\": 7")) << slow;
  const std::string crashing = graded("crashing", kCrashes);
  EXPECT_TRUE(contains(crashing, "was killed by SIGABRT")) << crashing;
  EXPECT_TRUE(contains(crashing, "\"points\": 7")) << crashing;
}

TEST_F(Speed, IsWithheldWithoutTheReference) {
  std::filesystem::remove_all(course_.folder() / "course/solutions");
  const std::string graded_here = graded("quick", adding_up(1));
  EXPECT_TRUE(contains(graded_here, "\"inconclusive\"")) << graded_here;
  EXPECT_TRUE(contains(graded_here, "the course's own solution, which is not here")) << graded_here;
  EXPECT_TRUE(contains(graded_here, "\"points\": 7")) << graded_here;
}

TEST_F(Speed, IsTheGradersFaultWhereTheReferenceFails) {
  course_.write("course/solutions/1-sum/sum.cpp", kCrashes);
  const std::string withheld = graded("quick", adding_up(1));
  EXPECT_TRUE(contains(withheld, "the reference solution: the program was killed")) << withheld;
  EXPECT_TRUE(contains(withheld, "\"error\"")) << withheld;
}

}  // namespace
}  // namespace grader::testing_support
