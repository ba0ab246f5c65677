// Runs the program itself, as an instructor and as CI do, on a course of one small exercise.
#include <gtest/gtest.h>

#include <random>

#include "tiny_course.hpp"

namespace grader {
namespace {

using testing_support::contains;
using testing_support::kCorrect;
using testing_support::kDoesNotCompile;
using testing_support::kWrong;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

class BatchCommand : public testing::Test {
 protected:
  void hand_in(const std::string& student, const std::string& text) {
    course_.write("in/" + student + "/counter.cpp", text);
  }
  Ran batch(const std::string& more = "", double seconds = 120) {
    return course_.grader("batch in --exercise 1 --output out " + more, seconds);
  }
  std::string csv() { return course_.read("out/grades.csv"); }

  TinyCourse course_;
};

TEST_F(BatchCommand, GradesGoodAndBadSideBySide) {
  hand_in("ada", kCorrect);
  hand_in("bob", kWrong);
  hand_in("eve", kDoesNotCompile);
  course_.write("in/mallory/Counter.cpp", kCorrect);
  course_.write("in/zoe.zip", "this is no archive");
  const Ran ran = batch();
  EXPECT_EQ(ran.status, 3) << ran.output;
  EXPECT_TRUE(contains(csv(), "\nada,pass,100,0,0,0,100,100,5,55,40,\n")) << csv() << ran.output;
  EXPECT_TRUE(contains(csv(), "\nbob,fail,5,")) << csv();
  EXPECT_TRUE(contains(csv(), "\neve,does not build,0,")) << csv();
  EXPECT_TRUE(contains(csv(), "\nmallory,refused,0,")) << csv();
  EXPECT_TRUE(contains(csv(), "is Counter.cpp meant to be it?")) << csv();
  EXPECT_TRUE(contains(csv(), "\nzoe,refused,0,")) << csv();
  EXPECT_TRUE(contains(ran.output, "5 submissions of 1-tiny: 1 at or above")) << ran.output;
  EXPECT_TRUE(contains(course_.read("out/reports/bob.json"), "\"schema\": \"grader-report/1\""));
}

TEST_F(BatchCommand, AsksForResumeAndThenGradesOnlyWhatChanged) {
  hand_in("ada", kCorrect);
  hand_in("bob", kWrong);
  EXPECT_EQ(batch().status, 1);
  const Ran refused = batch();
  EXPECT_EQ(refused.status, 2);
  EXPECT_TRUE(contains(refused.output, "add --resume")) << refused.output;
  hand_in("bob", std::string(kCorrect) + "// at last\n");
  const Ran resumed = batch("--resume");
  EXPECT_EQ(resumed.status, 0) << resumed.output;
  EXPECT_TRUE(contains(resumed.output, "1 graded, 1 as before")) << resumed.output;
  EXPECT_TRUE(contains(csv(), "\nbob,pass,100,")) << csv();
}

TEST_F(BatchCommand, ScoresAnewWhenOnlyPointsChanged) {
  hand_in("bob", kWrong);
  const std::string own = " --root " + course_.own_root().string();
  EXPECT_EQ(batch(own).status, 1);
  const std::string file = "course/exercises/1-tiny/rubric.yaml";
  std::string rubric = course_.read(file);
  rubric.replace(rubric.find("points: 5,"), 10, "points: 65,");
  rubric.replace(rubric.find("points: 55"), 10, "points: 10");
  rubric.replace(rubric.find("points: 40"), 10, "points: 25");
  course_.write(file, rubric);
  const Ran resumed = batch("--resume" + own);
  EXPECT_EQ(resumed.status, 0) << resumed.output;
  EXPECT_TRUE(contains(resumed.output, "0 graded, 1 as before")) << resumed.output;
  EXPECT_TRUE(contains(csv(), "\nbob,pass,65,0,0,0,65,100,65,0,0,\n")) << csv();
}

TEST_F(BatchCommand, KeepsAdjustmentsBesideTheScore) {
  hand_in("Ada L.", kCorrect);
  EXPECT_EQ(batch().status, 0);
  const std::string adjust = "adjust out --points -12.5 --who bob --why 'copied' --submission ";
  EXPECT_EQ(course_.grader(adjust + "'Ada L.'").status, 0);
  const Ran unknown = course_.grader(adjust + "'Ada'");
  EXPECT_EQ(unknown.status, 2) << unknown.output;
  EXPECT_EQ(batch("--resume").status, 0);
  EXPECT_TRUE(contains(csv(), "\nAda L.,pass,100,0,0,-12.5,87.5,100,")) << csv();
}

TEST_F(BatchCommand, InterruptedItSavesWhatIsDoneAndLeavesNothingBehind) {
  for (const std::string name : {"a", "b", "c", "d"}) {
    hand_in(name, kCorrect + ("// " + name + "\n"));
  }
  // The first line of progress means that one is done; then comes the interruption.
  const Ran ran = course_.shell(
      "exec env " + TinyCourse::command("batch in --exercise 1 --output out --jobs 1") +
      " >log 2>&1 & pid=$!;"
      "until grep -q '^1/4' log || ! kill -0 $pid; do sleep 0.02; done; kill -INT $pid; wait $pid");
  EXPECT_EQ(ran.status, 130) << course_.read("log");
  EXPECT_TRUE(contains(course_.read("log"), "--resume goes on")) << course_.read("log");
  EXPECT_TRUE(contains(csv(), "\na,pass,100,")) << csv();
  EXPECT_FALSE(std::filesystem::exists(course_.folder() / "out/scratch"));
  EXPECT_EQ(batch("--resume").status, 0);
  EXPECT_TRUE(contains(csv(), "\nd,pass,100,")) << csv();
}

TEST_F(BatchCommand, KilledAgainAndAgainItEndsAsOneLeftAlone) {
  for (int i = 0; i < 9; ++i) {
    const std::string name = "s" + std::to_string(i);
    hand_in(name, (i % 3 == 0 ? kDoesNotCompile : i % 3 == 1 ? kWrong : kCorrect) + ("//" + name));
  }
  std::mt19937 random(std::random_device{}());
  std::uniform_real_distribution<double> seconds(0.02, 0.8);
  for (int kills = 0; kills < 10; ++kills) {
    static_cast<void>(batch("--resume", seconds(random)));
  }
  EXPECT_EQ(batch("--resume").status, 3);
  const std::string resumed = csv();
  EXPECT_EQ(course_.grader("batch in --exercise 1 --output alone").status, 3);
  EXPECT_EQ(resumed, course_.read("alone/grades.csv"));
  EXPECT_FALSE(std::filesystem::exists(course_.folder() / "out/scratch"));
}

TEST_F(BatchCommand, ACourseWithoutItsGraderIsNotTakenForAnother) {
  const std::filesystem::path root = course_.own_root();
  std::filesystem::remove(root / "grader");
  const Ran ran = course_.shell("cd course && '" GRADER_BINARY_DIR "/bin/grader' check 1");
  EXPECT_EQ(ran.status, 2) << ran.output;
  EXPECT_TRUE(contains(ran.output, "holds exercises/ but no grader/")) << ran.output;
}

TEST_F(BatchCommand, RefusesArgumentsThatDoNotFit) {
  hand_in("ada", kCorrect);
  EXPECT_EQ(course_.grader("batch no_such_folder --exercise 1 --output out").status, 2);
  EXPECT_EQ(course_.grader("batch in --exercise 9 --output out").status, 2);
  EXPECT_EQ(course_.grader("batch in --exercise 1").status, 2);
  const std::string own = course_.own_root().string();
  course_.write("course/exercises/1-tiny/rubric.yaml", "exercise: 1-tiny\n");
  EXPECT_EQ(course_.grader("batch in --exercise 1 --output out --root " + own).status, 4);
}

/// A repository that a student works in; the course is elsewhere.
class CiCommand : public testing::Test {
 protected:
  void SetUp() override {
    course_.write("exercises/1-tiny/counter.cpp", kWrong);
    git("init --quiet --initial-branch=main");
    commit();
    git("branch start");
  }
  void git(const std::string& arguments) {
    const Ran ran = course_.shell("git -c user.name=a -c user.email=a@b.c " + arguments);
    ASSERT_EQ(ran.status, 0) << ran.output;
  }
  void commit() {
    git("add --all");
    git("commit --quiet --message change");
  }
  void work(const std::string& text) {
    course_.write("exercises/1-tiny/counter.cpp", text);
    commit();
  }
  Ran ci(const std::string& more = "") {
    return course_.grader("ci --base start --repository . " + more);
  }

  TinyCourse course_;
};

TEST_F(CiCommand, GradesNothingWhenNoExerciseChanged) {
  course_.write("notes.md", "x");
  commit();
  const Ran ran = ci();
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no exercise changed since start")) << ran.output;
}

TEST_F(CiCommand, ItsExitStatusIsThatOfTheWork) {
  work(std::string(kWrong) + "// no better\n");
  EXPECT_EQ(ci().status, 1);
  work(kCorrect);
  EXPECT_EQ(ci().status, 0);
  work(kDoesNotCompile);
  EXPECT_EQ(ci().status, 3);
  EXPECT_EQ(course_.grader("ci --base no-such-branch --repository .").status, 2);
}

TEST_F(CiCommand, AnnotatesOnGitHubAndFillsTheSummary) {
  work(kDoesNotCompile);
  const Ran ran = course_.shell("GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=summary.md " +
                                TinyCourse::command("ci --base start --repository ."));
  EXPECT_EQ(ran.status, 3) << ran.output;
  EXPECT_TRUE(contains(ran.output, "::error file=exercises/1-tiny/counter.cpp,line=1"))
      << ran.output;
  EXPECT_TRUE(contains(ran.output, "::stop-commands::")) << ran.output;
  EXPECT_TRUE(contains(course_.read("summary.md"), "1-tiny")) << course_.read("summary.md");
}

TEST_F(CiCommand, TakesTheRubricOfTheCourseNotOfTheChange) {
  course_.write("exercises/1-tiny/rubric.yaml", "everybody: passes\n");
  work(std::string(kWrong) + "// no better\n");
  const Ran ran = ci("--junit junit.xml");
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(course_.read("junit.xml"), "<testsuite")) << course_.read("junit.xml");
}

TEST_F(CiCommand, NamesOfFoldersAreNoCommands) {
  course_.write("exercises/x\n::error::forged/a.cpp", "x");
  commit();
  const Ran ran = ci();
  EXPECT_FALSE(contains(ran.output, "\n::error::forged")) << ran.output;
}

}  // namespace
}  // namespace grader
