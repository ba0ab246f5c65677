// Every submission of fixtures/submissions/*/hostile, graded in one batch between two honest ones.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tiny_course.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::contains;
using testing_support::names_in;
using testing_support::TinyCourse;
using Json = nlohmann::json;

constexpr const char* kSlug = "1-threads";
constexpr double kBuildPoints = 5;  // of the rubric: for what is honest about most of them
constexpr long kGraderMemoryMax_kB = 512L << 10U;

fs::path fixtures() {
  return fs::path(GRADER_SOURCE_DIR) / "fixtures/submissions" / kSlug / "hostile";
}

std::string read(const fs::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What a fixture's expected.yaml says.
struct Expected {
  std::string outcome;  ///< "refused", "does_not_build" or "fails"
  std::string names;    ///< what the report must say; may be empty where it does not build
};

std::map<std::string, Expected> expectations() {
  std::map<std::string, Expected> all;
  for (const auto& entry : fs::directory_iterator(fixtures())) {
    const YAML::Node file = YAML::LoadFile((entry.path() / "expected.yaml").string());
    all[entry.path().filename().string()] = {file["outcome"].as<std::string>(),
                                             file["names"].as<std::string>("")};
  }
  return all;
}

/// Names, sizes and times of everything below a folder.
std::set<std::string> listing(const fs::path& folder) {
  std::set<std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto time = entry.last_write_time().time_since_epoch().count();
    all.insert(entry.path().string() + " " + std::to_string(time) + " " +
               (entry.is_regular_file() ? std::to_string(entry.file_size()) : ""));
  }
  return all;
}

/// Highest memory of a process so far, in kB; 0 when it is gone.
long peak_memory_kB(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    long peak = 0;
    if (word == "VmHWM:" && status >> peak) return peak;
  }
  return 0;
}

class HostileSubmissions : public testing::Test {
 protected:
  void SetUp() override {
    if (course_.shell("'" GRADER_BINARY_DIR "/bin/grader' doctor").status != 0) {
      GTEST_SKIP() << "this machine cannot isolate programs";
    }
    // Whatever outlives the grader becomes this process's child.
    ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    const fs::path source = GRADER_SOURCE_DIR;
    const auto all = fs::copy_options::recursive;
    for (const char* name : {"exercises", "solutions"}) fs::create_directories(root_ / name);
    fs::create_directory_symlink(source / "grader", root_ / "grader");
    fs::copy(source / "exercises" / kSlug, root_ / "exercises" / kSlug, all);
    fs::copy(source / "solutions" / kSlug, root_ / "solutions" / kSlug, all);
    hurry();
    fs::copy(fixtures(), submissions_, all);
    for (const char* name : {"a-honest", "z-honest"}) {
      fs::copy(source / "solutions" / kSlug, submissions_ / name, all);
      std::ofstream(submissions_ / name / "threads.cpp", std::ios::app) << "// " << name << "\n";
    }
    fs::create_directories(temporary_);
  }

  /// Those that never end use up their time in every scenario: less of it shows the same.
  void hurry() const {
    const fs::path rubric = root_ / "exercises" / kSlug / "rubric.yaml";
    std::string text = read(rubric);
    const std::string usual = "cpu: 20s, wall: 20s";
    ASSERT_TRUE(contains(text, usual)) << "the rubric has other limits of time now";
    text.replace(text.find(usual), usual.size(), "cpu: 5s, wall: 2s");
    std::ofstream(rubric) << text;
  }

  /// Runs the batch; its output goes to a file.
  void grade() {
    const std::string log = (course_.folder() / "log").string();
    const std::string command =
        "TMPDIR='" + temporary_.string() + "' exec env " +
        TinyCourse::command("batch '" + submissions_.string() + "' --exercise " + kSlug +
                            " --output '" + output_.string() + "' --root '" + root_.string() +
                            "'") +
        " > '" + log + "' 2>&1";
    grader_ = fork();
    ASSERT_GE(grader_, 0);
    if (grader_ == 0) {
      execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      _exit(127);
    }
    int status = 0;
    while (waitpid(grader_, &status, WNOHANG) == 0) {
      peak_memory_kB_ = std::max(peak_memory_kB_, peak_memory_kB(grader_));
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_TRUE(WIFEXITED(status)) << read(log);
    ASSERT_EQ(WEXITSTATUS(status), 3) << "the worst of them do not build\n" << read(log);
  }

  [[nodiscard]] Json report(const std::string& name) const {
    const Json parsed =
        Json::parse(read(output_ / "reports" / (name + ".json")), nullptr, /*exceptions=*/false);
    if (parsed.is_discarded()) ADD_FAILURE() << "no report";
    return parsed;
  }

  TinyCourse course_;
  fs::path root_ = course_.folder() / "course";
  fs::path submissions_ = course_.folder() / "in";
  fs::path output_ = course_.folder() / "out";
  fs::path temporary_ = course_.folder() / "tmp";
  pid_t grader_ = -1;
  long peak_memory_kB_ = 0;
};

/// Points for building alone, and nothing passed of what was attacked.
void expect_no_points(const Json& report, double most) {
  EXPECT_LE(report["points"].get<double>(), most);
  EXPECT_EQ(report["outcome"], "fail");
  for (const Json& criterion : report["criteria"]) {
    if (most > 0 && criterion["check"] == "build") continue;
    EXPECT_NE(criterion["outcome"], "pass") << criterion.dump(1);
    EXPECT_EQ(criterion["points"].get<double>(), 0) << criterion.dump(1);
  }
}

bool has_finding_of(const Json& report, const std::string& kind) {
  for (const Json& criterion : report["criteria"]) {
    for (const Json& finding : criterion["findings"]) {
      if (finding["kind"] == kind) return true;
    }
  }
  return false;
}

void expect_verdict(const Expected& expected, const Json& report) {
  expect_no_points(report, expected.outcome == "fails" ? kBuildPoints : 0);
  EXPECT_TRUE(contains(report.dump(), Json(expected.names).dump().substr(1, expected.names.size())))
      << "nothing is said of " << expected.names << "\n"
      << report.dump(1);
  if (expected.outcome == "refused") {
    EXPECT_TRUE(has_finding_of(report, "tampering")) << report.dump(1);
  } else if (expected.outcome == "does_not_build") {
    EXPECT_EQ(report["problem"], "the submission does not build");
  } else {
    EXPECT_EQ(expected.outcome, "fails");
    EXPECT_FALSE(expected.names.empty()) << "expected.yaml must say what the report names";
  }
}

void expect_full_marks(const Json& report) {
  EXPECT_EQ(report["points"], report["points_max"]) << report.dump(1);
  EXPECT_EQ(report["outcome"], "pass");
}

/// Ends at once when there is no child left; those on their way out are waited for.
void expect_no_process_left() {
  constexpr int kPatience = 100;
  for (int waits = 0; waits < kPatience;) {
    const pid_t ended = waitpid(-1, nullptr, WNOHANG);
    if (ended < 0) return;
    if (ended > 0) continue;
    ++waits;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::ifstream children("/proc/self/task/" + std::to_string(getpid()) + "/children");
  for (pid_t child = 0; children >> child;) {
    ADD_FAILURE() << "outlived the grader: " << read("/proc/" + std::to_string(child) + "/comm");
    kill(child, SIGKILL);
  }
}

TEST_F(HostileSubmissions, EarnNothingAndHarmNobody) {
  const std::map<std::string, Expected> expected = expectations();
  ASSERT_GE(expected.size(), 40U);
  const std::set<std::string> before = listing(submissions_);
  grade();
  for (const auto& [name, expectation] : expected) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, name);
    expect_verdict(expectation, report(name));
  }
  for (const char* name : {"a-honest", "z-honest"}) expect_full_marks(report(name));
  expect_no_process_left();
  EXPECT_EQ(listing(submissions_), before);
  EXPECT_EQ(names_in(output_),
            (std::set<std::string>{"batch.lock", "grades.csv", "grades.db", "reports"}));
  EXPECT_TRUE(names_in(temporary_).empty());
  for (const std::string& name : names_in("/dev/shm")) {
    EXPECT_FALSE(contains(name, "grader-channel-" + std::to_string(grader_) + "-")) << name;
  }
  EXPECT_GT(peak_memory_kB_, 0);
  EXPECT_LT(peak_memory_kB_, kGraderMemoryMax_kB);
  RecordProperty("grader_memory_kB", std::to_string(peak_memory_kB_));
}

}  // namespace
}  // namespace grader
