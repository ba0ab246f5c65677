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

const std::string kProgram = "'" GRADER_BINARY_DIR "/bin/grader' ";
const std::string kAsNobody = "setpriv --reuid 65534 --regid 65534 --clear-groups ";

/// As root, and as an ordinary user: others' bubblewrap works by name spaces of users alone.
class HardDays : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (course_.shell("'" GRADER_BINARY_DIR "/bin/grader' doctor").status != 0) {
      GTEST_SKIP() << "this machine cannot isolate programs";
    }
    // Root's bubblewrap keeps the rights that the grader's own needs inside; others' does not.
    if (geteuid() != 0) GTEST_SKIP() << "only root can take these things away";
    if (GetParam() && course_.shell(kAsNobody + kProgram + "doctor").status != 0) {
      GTEST_SKIP() << "an ordinary user cannot reach the grader here, or make name spaces";
    }
    course_.write("work/counter.cpp", kCorrect);
    course_.write("in/ada/counter.cpp", kCorrect);
    course_.write("out/.keep", "");
    if (GetParam()) open_to_everybody();
  }

  void open_to_everybody() const {
    std::filesystem::create_directories(cache_of_others());
    std::filesystem::permissions(cache_of_others(), std::filesystem::perms::all);
    ASSERT_EQ(course_.shell("chmod -R a+rwX .").status, 0);
  }

  [[nodiscard]] static std::filesystem::path cache_of_others() {
    return GRADER_BINARY_DIR "/test_cache_of_others";
  }

  /// Runs the grader on a machine that bubblewrap's `lack` makes poorer.
  [[nodiscard]] Ran grader(const std::string& lack, const std::string& arguments) const {
    return course_.shell("timeout --signal=KILL 120 bwrap --dev-bind / / " + lack + " " +
                         as_user() + "env " + command(arguments));
  }
  [[nodiscard]] static std::string as_user() { return GetParam() ? kAsNobody : ""; }
  [[nodiscard]] static std::string command(const std::string& arguments) {
    const std::string usual = TinyCourse::command(arguments);
    // The later of two assignments to `env` counts.
    const std::size_t end = usual.find(' ');
    return usual.substr(0, end) +
           (GetParam() ? " GRADER_CACHE='" + cache_of_others().string() + "'" : "") +
           usual.substr(end);
  }
  [[nodiscard]] std::string output() const { return (course_.folder() / "out").string(); }

  TinyCourse course_;
  const std::string no_bubblewrap_ = "--ro-bind /dev/null /usr/bin/bwrap";
  const std::string no_control_groups_ = "--tmpfs /sys/fs/cgroup";
};

INSTANTIATE_TEST_SUITE_P(, HardDays, testing::Bool(),
                         [](const auto& param) { return param.param ? "OrdinaryUser" : "Root"; });

TEST_P(HardDays, NothingIsLackingABatchGradesInTheSandbox) {
  const Ran ran = grader("", "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(course_.read("out/grades.csv"), "ada,pass,100,")) << ran.output;
}

TEST_P(HardDays, WithoutBubblewrapABatchRefusesAndSaysHowToGetIt) {
  const Ran ran = grader(no_bubblewrap_, "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "this machine lacks bubblewrap")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "apt install bubblewrap")) << ran.output;
}

TEST_P(HardDays, WithoutBubblewrapAStudentIsGradedAllTheSame) {
  const Ran ran = grader(no_bubblewrap_, "check 1 --submission work");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "100 / 100")) << ran.output;
}

TEST_P(HardDays, WithoutControlGroupsTheDoctorSaysWhatTakesTheirPlace) {
  const Ran ran = course_.shell("bwrap --dev-bind / / " + no_control_groups_ + " " + as_user() +
                                kProgram + "doctor");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "without  control groups")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "memory and processes are sampled instead")) << ran.output;
}

TEST_P(HardDays, WithoutControlGroupsABatchGradesInTheSandbox) {
  const Ran ran = grader(no_control_groups_, "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_P(HardDays, AFullDiskWithholdsTheScoreAndLosesNoPoints) {
  const Ran ran = grader("--perms 0777 --size 65536 --tmpfs '" + output() + "'",
                         "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "withheld")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "is full, or nearly")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "make room")) << ran.output;
  EXPECT_FALSE(contains(ran.output, "does not build")) << ran.output;
}

TEST_P(HardDays, ADiskThatIsFullFromTheStartIsNamed) {
  const Ran ran = grader("--perms 0777 --size 4096 --tmpfs '" + output() + "'",
                         "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "out")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "--resume")) << ran.output;
}

TEST_P(HardDays, AnOutputFolderThatCannotBeWrittenIsNamed) {
  const Ran ran = grader("--ro-bind '" + output() + "' '" + output() + "'",
                         "batch in --exercise 1 --output out");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "out/batch.lock")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "Read-only file system")) << ran.output;
}

TEST_P(HardDays, AReadOnlyHomeIsNoHindrance) {
  course_.write("home/.keep", "");
  const std::string home = (course_.folder() / "home").string();
  const Ran ran = grader("--ro-bind '" + home + "' '" + home + "' --setenv HOME '" + home + "'",
                         "check 1 --submission work");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_P(HardDays, ACacheThatCannotBeWrittenWithholdsTheScoreAndSaysWhatToDo) {
  course_.write("cache/.keep", "");
  const std::string cache = (course_.folder() / "cache").string();
  const Ran ran = course_.shell("timeout --signal=KILL 120 bwrap --dev-bind / / --ro-bind '" +
                                cache + "' '" + cache + "' " + as_user() + "env GRADER_CACHE='" +
                                cache + "' " + kProgram + "check 1 --submission work");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "withheld")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "Read-only")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "GRADER_CACHE")) << ran.output;
}

}  // namespace
}  // namespace grader
