// Submissions that look for what is not theirs, graded as `grader check` does. Where this machine
// cannot isolate programs (see `grader doctor`) there is nothing to be tested.
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>

#include "protocol/channel.hpp"
#include "tiny_course.hpp"

namespace grader {
namespace {

using testing_support::contains;
using testing_support::kCorrect;
using testing_support::TinyCourse;
using Ran = TinyCourse::Ran;

/// Native runs and controlled ones: each has a way of its own into the sandbox.
class Isolation : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (course_.shell("'" GRADER_BINARY_DIR "/bin/grader' doctor").status != 0) {
      GTEST_SKIP() << "this machine cannot isolate programs";
    }
    course_.write("secret.inc", kCorrect);
    root_ = GetParam() ? TinyCourse::controlled_root() : TinyCourse::root();
  }

  Ran check(const std::string& submission, const std::string& more = "") {
    course_.write("work/counter.cpp", submission);
    return course_.grader("check 1 --submission work --root '" + root_.string() + "' " + more);
  }
  [[nodiscard]] std::string secret() const { return (course_.folder() / "secret.inc").string(); }

  TinyCourse course_;
  std::filesystem::path root_;
};

INSTANTIATE_TEST_SUITE_P(, Isolation, testing::Bool(),
                         [](const auto& param) { return param.param ? "Controlled" : "Native"; });

TEST_P(Isolation, GradesAnHonestSubmissionInFull) {
  const Ran ran = check(kCorrect, "--sandbox required");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "100 / 100")) << ran.output;
}

TEST_P(Isolation, IncludesNoFileOfTheMachine) {
  const std::string submission = "#include \"" + secret() + "\"\n";
  EXPECT_EQ(check(submission, "--sandbox off").status, 0) << "the attack works without isolation";
  EXPECT_EQ(check(submission).status, 3);
}

TEST_P(Isolation, AssemblesNoFileOfTheMachine) {
  const std::string submission = std::string(kCorrect) + "asm(\".section .rodata\\n.incbin \\\"" +
                                 secret() + "\\\"\\n.text\");\n";
  // Without isolation the assembler reads it, and the vetting finds that there is assembly.
  const Ran open = check(submission, "--sandbox off");
  EXPECT_EQ(open.status, 3) << open.output;
  EXPECT_TRUE(contains(open.output, "instructions of its own")) << open.output;
  // Inside, the assembler itself fails, before anything is there to be vetted.
  const Ran isolated = check(submission);
  EXPECT_EQ(isolated.status, 3) << isolated.output;
  EXPECT_FALSE(contains(isolated.output, "instructions of its own")) << isolated.output;
}

/// Ends the program when it meets anything but 0 where the channel of a controlled run holds the
/// key of its closing record.
std::string static_object_that_looks_for_the_key() {
  constexpr std::size_t kPlace = 0x40'0000'0000 + offsetof(protocol::ChannelHeader, options) +
                                 offsetof(protocol::RunOptions, closing_key);
  return "#include <unistd.h>\nstatic const bool seen = [] {\n  if (*reinterpret_cast<volatile "
         "unsigned long*>(" +
         std::to_string(kPlace) + "UL) != 0) _exit(3);\n  return true;\n}();\n";
}

TEST_P(Isolation, LeavesNoKeyForTheStaticObjectsOfASubmission) {
  if (!GetParam()) return;  // there the harness takes it before any library is there
  const Ran ran = check(static_object_that_looks_for_the_key() + kCorrect, "--sandbox required");
  EXPECT_TRUE(contains(ran.output, "100 / 100")) << ran.output;
}

TEST_P(Isolation, InitialisesTheStaticObjectsOfASubmissionInEveryRun) {
  const std::string submission =
      "#include <unistd.h>\nstatic const int process = getpid();\n" + std::string(kCorrect);
  const std::string look = "  if (process != getpid()) return 0;\n";
  std::string looking = submission;
  looking.insert(looking.find("  std::atomic<int> sum"), look);
  const Ran ran = check(looking);
  EXPECT_TRUE(contains(ran.output, "100 / 100")) << ran.output;
}

TEST_P(Isolation, ShowsARunNothingThatAnotherLeft) {
  const Ran ran = check(R"(#include "counter.hpp"
#include <fcntl.h>
#include <unistd.h>
int count_together(int threads, int each) {
  for (const char* name : {"left-behind", "/tmp/left-behind", "/dev/shm/left-behind"}) {
    const int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (fd < 0) return -1;
    close(fd);
  }
  return threads * each;
}
)");
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_P(Isolation, ReadsNoFileOfTheMachineAtRunTime) {
  const std::string submission =
      "#include <fstream>\n#include \"counter.hpp\"\n"
      "int count_together(int t, int e) {\n"
      "  return std::ifstream(\"" +
      secret() + "\") ? t * e : -1;\n}\n";
  EXPECT_EQ(check(submission, "--sandbox off").status, 0) << "the attack works without isolation";
  const Ran ran = check(submission);
  EXPECT_EQ(ran.status, 1) << ran.output;
  EXPECT_TRUE(contains(ran.output, "5 / 100")) << ran.output;
  const Ran again = course_.grader("replay g1:exercise=1-tiny:scenario=Counter.CountsAll --root '" +
                                   root_.string() + "' --submission work");
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_TRUE(contains(again.output, "assertion failed")) << again.output;
}

/// Counts rightly, but two threads write to a variable of theirs, by `race`; empty_logs() empties
/// whatever the detector has written.
std::string submission_that_empties_logs(const std::string& body) {
  return R"(#include "counter.hpp"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <string>
#include <thread>
static int touched = 0;
static void race() {
  std::thread other([] { ++touched; });
  usleep(2000);  // ThreadSanitizer may miss accesses that happen in the same instant
  ++touched;
  other.join();
}
static void empty_logs() {
  for (int fd = 0; fd < 1024; ++fd) {
    char name[4096] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (readlink(link.c_str(), name, sizeof name - 1) < 0) continue;
    if (std::string(name).find("tsan.") == std::string::npos) continue;
    if (truncate(name, 0) != 0 || unlink(name) != 0) std::abort();
  }
}
int count_together(int threads, int each) {
)" + body +
         "\n  return threads * each;\n}\n";
}

TEST_P(Isolation, FindsARaceWhoseLogWasEmptied) {
  const Ran ran = check(submission_that_empties_logs("  race();\n  empty_logs();"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "60 / 100")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no lock orders them")) << ran.output;
  for (const char* place : {"counter.cpp:10", "counter.cpp:12"}) {
    EXPECT_TRUE(contains(ran.output, place)) << ran.output;
  }
}

TEST_P(Isolation, FindsARaceOfAChildThatEmptiesItsLog) {
  const Ran ran = check(submission_that_empties_logs(R"(  const pid_t child = fork();
  if (child == 0) {
    race();
    empty_logs();
    _exit(0);
  }
  waitpid(child, nullptr, 0);)"));
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_TRUE(contains(ran.output, "60 / 100")) << ran.output;
  EXPECT_TRUE(contains(ran.output, "no lock orders them")) << ran.output;
}

TEST_P(Isolation, KillsReachNobodyElse) {
  const std::string submission =
      "#include <csignal>\n#include <unistd.h>\n#include \"counter.hpp\"\n"
      "int count_together(int t, int e) {\n"
      "  kill(getppid(), SIGKILL);\n  kill(-1, SIGKILL);\n"
      "  return t * e;\n}\n";
  // Neither the grader nor what starts the runs: this one counts, and is graded as it counts.
  const Ran ran = check(submission);
  EXPECT_EQ(ran.status, 0) << ran.output;
}

TEST_P(Isolation, LeavesNoFileBehind) {
  const std::string submission =
      "#include <fstream>\n#include \"counter.hpp\"\n"
      "int count_together(int t, int e) {\n"
      "  for (const char* d : {\"/tmp\", \"/dev/shm\", \"/var/tmp\", \".\"}) {\n"
      "    std::ofstream(std::string(d) + \"/" +
      course_.folder().filename().string() + "-left\") << \"here\";\n  }\n  return t * e;\n}\n";
  EXPECT_EQ(check(submission).status, 0);
  const Ran found = course_.shell("ls -d /tmp/*-left /dev/shm/*-left /var/tmp/*-left *-left");
  EXPECT_FALSE(contains(found.output, course_.folder().filename().string() + "-left\n"))
      << found.output;
}

TEST_P(Isolation, RequiredItRefusesWhereALayerIsMissing) {
  // A PATH cannot hide bubblewrap, but a kernel without room for name spaces can be had inside one.
  const Ran ran = course_.shell(
      "bwrap --dev-bind / / --unshare-user --disable-userns --uid 65534 --gid 65534 "
      "'" GRADER_BINARY_DIR "/bin/grader' check 1 --sandbox required --root '" +
      root_.string() + "'");
  EXPECT_EQ(ran.status, 70) << ran.output;
  EXPECT_TRUE(contains(ran.output, "the sandbox is required, and this machine lacks name spaces"))
      << ran.output;
  EXPECT_TRUE(contains(ran.output, "grader doctor")) << ran.output;
}

}  // namespace
}  // namespace grader
