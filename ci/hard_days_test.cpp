// What the user reads when the machine lacks something: a part of the sandbox, room, the right to
// write. Each lack is made by bubblewrap around the grader itself.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tiny_course.hpp"

namespace grader {
namespace {

using testing_support::contains;
using testing_support::kCorrect;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

class HardDays : public testing::Test {
 protected:
  void SetUp() override {
    if (course_.shell("'" GRADER_BINARY_DIR "/bin/grader' doctor").status != 0) {
      GTEST_SKIP() << "this machine cannot isolate programs";
    }
    // Root's bubblewrap keeps the rights that the grader's own needs inside; others' does not.
    if (geteuid() != 0) GTEST_SKIP() << "only root can take these things away";
    course_.write("work/counter.cpp", kCorrect);
    course_.write("in/ada/counter.cpp", kCorrect);
    course_.write("out/.keep", "");
  }

  /// Runs the grader on a machine that bubblewrap's `lack` makes poorer.
  [[nodiscard]] Ran grader(const std::string& lack, const std::string& arguments) const {
    return course_.shell("timeout --signal=KILL 120 bwrap --dev-bind / / " + lack + " env " +
                         TinyCourse::command(arguments));
  }
  [[nodiscard]] std::string output() const { return (course_.folder() / "out").string(); }

  TinyCourse course_;
  const std::string no_bubblewrap_ = "--ro-bind /dev/null /usr/bin/bwrap";
  const std::string no_control_groups_ = "--tmpfs /sys/fs/cgroup";
};

TEST_F(HardDays, WithoutBubblewrapABatchRefusesAndSaysHowToGetIt) {
  const Ran ran = grader(no_bubblewrap_, "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "this machine lacks bubblewrap")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "apt install bubblewrap")) << ran.output;
}

TEST_F(HardDays, WithoutBubblewrapAStudentIsGradedAllTheSame) {
  const Ran ran = grader(no_bubblewrap_, "check 1 --submission work");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "100 / 100")) << ran.output;
}

TEST_F(HardDays, WithoutControlGroupsTheDoctorSaysWhatTakesTheirPlace) {
  const Ran ran = course_.shell("bwrap --dev-bind / / " + no_control_groups_ +
                                " '" GRADER_BINARY_DIR "/bin/grader' doctor");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "without  control groups")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "memory and processes are sampled instead")) << ran.output;
}

TEST_F(HardDays, WithoutControlGroupsABatchGradesInTheSandbox) {
  const Ran ran = grader(no_control_groups_, "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_F(HardDays, AFullDiskWithholdsTheScoreAndLosesNoPoints) {
  const Ran ran =
      grader("--size 65536 --tmpfs '" + output() + "'", "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "withheld")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "is full, or nearly")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "make room")) << ran.output;
  EXPECT_FALSE(contains(ran.output, "does not build")) << ran.output;
}

TEST_F(HardDays, ADiskThatIsFullFromTheStartIsNamed) {
  const Ran ran =
      grader("--size 4096 --tmpfs '" + output() + "'", "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "out")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "--resume")) << ran.output;
}

TEST_F(HardDays, AnOutputFolderThatCannotBeWrittenIsNamed) {
  const Ran ran = grader("--ro-bind '" + output() + "' '" + output() + "'",
                         "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "out/batch.lock")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "Read-only file system")) << ran.output;
}

TEST_F(HardDays, AReadOnlyHomeIsNoHindrance) {
  course_.write("home/.keep", "");
  const std::string home = (course_.folder() / "home").string();
  const Ran ran = grader("--ro-bind '" + home + "' '" + home + "' --setenv HOME '" + home + "'",
                         "check 1 --submission work");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_F(HardDays, AnOrdinaryUserGradesInTheSandboxToo) {
  const std::string nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
  const std::string program = "'" GRADER_BINARY_DIR "/bin/grader' ";
  if (course_.shell(nobody + program + "doctor").status != 0) {
    GTEST_SKIP() << "an ordinary user cannot reach the grader here, or make name spaces";
  }
  const Ran ran = course_.shell("chmod -R a+rwX . && timeout --signal=KILL 200 " + nobody +
                                "env GRADER_CACHE=\"$PWD/cache\" " + program +
                                "batch in --exercise 1 --output out --root '" +
                                course_.own_root().string() + "'");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "100")) << ran.output;
}

}  // namespace
}  // namespace grader
