// Hands the small course out, with something to hide in it, and works there as a student does.
#include <gtest/gtest.h>

#include <filesystem>

#include "tiny_course.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::contains;
using testing_support::kCorrect;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

constexpr const char* kSecretScenarios = R"(#include "harness/scenario.hpp"

#include "counter.hpp"
#include "secret.hpp"

TEST(Secret, CountsNothing) { EXPECT_EQ(count_together(0, kMany), 0); }
)";

class HandoutCommand : public testing::Test {
 protected:
  HandoutCommand() {
    const fs::path root = course_.own_root();
    for (const char* part :
         {"Makefile", "CMakeLists.txt", "CMakePresets.json", "README.md", "ci", "cmake", "bin"}) {
      fs::create_symlink(fs::path(GRADER_SOURCE_DIR) / part, root / part);
    }
    course_.write("course/solutions/1-tiny/counter.cpp", kCorrect);
    course_.write("course/fixtures/submissions/1-tiny/correct/a/counter.cpp", kCorrect);
    course_.write(exercise("README.md"), "Count.\n");
    course_.write(exercise("notes_of_the_author.md"), "The answer is 30.\n");
  }

  static fs::path exercise(const std::string& name) { return "course/exercises/1-tiny/" + name; }

  void hide_a_criterion() {
    std::string rubric = course_.read(exercise("rubric.yaml"));
    rubric.replace(rubric.find("points: 40"), 10, "points: 10");
    rubric +=
        "  # Nobody may know.\n  - {id: secret, points: 30, check: test, visibility: never, "
        "scenarios: [Secret.*]}\n";
    course_.write(exercise("rubric.yaml"), rubric);
    course_.write(exercise("scenarios/secret.hpp"), "constexpr int kMany = 1000;\n");
    course_.write(exercise("scenarios/secret_scenarios.cpp"), kSecretScenarios);
  }

  Ran handout() { return course_.grader("handout --output out --root course"); }

  TinyCourse course_;
};

TEST_F(HandoutCommand, LeavesOutWhatStudentsMayNotSee) {
  hide_a_criterion();
  const Ran ran = handout();
  ASSERT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "1 hidden criteria, 1 files")) << ran.output;
  const Ran names = course_.shell(
      "cd out && find . -not -path './grader/*' | grep -iE "
      "'secret|solution|fixture|author|_test'");
  EXPECT_EQ(names.status, 1) << names.output;
  const Ran texts = course_.shell("grep -rlE 'Secret|Nobody may know' out/exercises");
  EXPECT_EQ(texts.status, 1) << texts.output;
  const Ran lint = course_.shell("'" GRADER_BINARY_DIR "/bin/grader' lint out/exercises/1-tiny");
  EXPECT_EQ(lint.status, 0) << lint.output;
}

TEST_F(HandoutCommand, WritesACourseThatGradesItself) {
  hide_a_criterion();
  ASSERT_EQ(handout().status, 0);
  const Ran stub = course_.grader("check 1 --root out");
  EXPECT_EQ(stub.status, 1) << stub.output;
  course_.write("out/exercises/1-tiny/counter.cpp", kCorrect);
  const Ran solved = course_.grader("check 1 --root out");
  EXPECT_EQ(solved.status, 0) << solved.output;
  EXPECT_TRUE(contains(solved.output, "70 / 70")) << solved.output;
}

TEST_F(HandoutCommand, WritesSourcesThatConfigureWithoutTheTests) {
  ASSERT_EQ(handout().status, 0);
  const Ran ran = course_.shell(
      "cmake --preset release -S out && ninja -C out/build/release -t commands grading");
  EXPECT_EQ(ran.status, 0) << ran.output.substr(0, 2000);
  EXPECT_TRUE(contains(ran.output, "handout_command.cpp")) << ran.output.substr(0, 2000);
}

TEST_F(HandoutCommand, RefusesAFolderThatIsThereAndLeavesNothingHalfDone) {
  course_.write("out/mine.txt", "mine");
  const Ran taken = handout();
  EXPECT_EQ(taken.status, 2) << taken.output;
  EXPECT_TRUE(contains(taken.output, "is there already")) << taken.output;
  fs::remove_all(course_.folder() / "out");
  fs::remove(course_.own_root() / "bin");
  const Ran incomplete = handout();
  EXPECT_EQ(incomplete.status, 2) << incomplete.output;
  EXPECT_EQ(course_.shell("ls | grep -v '^course$'").status, 1);
}

TEST_F(HandoutCommand, RefusesAFileThatMixesHiddenAndVisibleScenarios) {
  hide_a_criterion();
  const std::string file = "scenarios/secret_scenarios.cpp";
  course_.write(exercise(file), course_.read(exercise(file)) + "TEST(Counter, IsSeen) {}\n");
  const Ran ran = handout();
  EXPECT_EQ(ran.status, 4) << ran.output;
  EXPECT_TRUE(contains(ran.output, "into a file of their own")) << ran.output;
}

}  // namespace
}  // namespace grader
