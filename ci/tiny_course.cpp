#include "tiny_course.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace grader::testing_support {

namespace fs = std::filesystem;

const char* const kCorrect = R"(#include "counter.hpp"
#include <atomic>
#include <thread>
#include <vector>
int count_together(int threads, int each) {
  std::atomic<int> sum{0};
  std::vector<std::jthread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] { for (int k = 0; k < each; ++k) ++sum; });
  }
  all.clear();
  return sum;
}
)";
const char* const kWrong = R"(#include "counter.hpp"
int count_together(int, int) { return 1; }
)";
const char* const kDoesNotCompile = "int count_together(int, int) { return syntax error; }\n";

namespace {

constexpr const char* kRubric = R"(exercise: 1-tiny
title: Counter
submit: [counter.cpp]
points: 100
pass: 60
explore: {mode: native, native_runs: 1, race_runs: 1}
criteria:
  - {id: builds, points: 5, check: build}
  - {id: counts, points: 55, check: test, scenarios: [Counter.*], requires: [builds]}
  - {id: no-race, points: 40, check: race, scenarios: [Counter.*], requires: [counts]}
)";
constexpr const char* kScenarios = R"(#include "harness/scenario.hpp"

#include "counter.hpp"

TEST(Counter, CountsAll) { EXPECT_EQ(count_together(3, 10), 30); }
)";

void write_file(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

fs::path fresh_folder(const fs::path& beneath) {
  std::string pattern = (beneath / "course-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  return pattern;
}

constexpr const char* kNative = "{mode: native, native_runs: 1, race_runs: 1}";
constexpr const char* kControlled = "{mode: controlled, schedules: 4, race_runs: 1}";

void write_course(const fs::path& root, const std::string& explore = kNative) {
  fs::create_directories(root);
  fs::create_directory_symlink(fs::path(GRADER_SOURCE_DIR) / "grader", root / "grader");
  const fs::path exercise = root / "exercises/1-tiny";
  std::string rubric = kRubric;
  rubric.replace(rubric.find(kNative), std::string(kNative).size(), explore);
  write_file(exercise / "rubric.yaml", rubric);
  write_file(exercise / "counter.hpp",
             "#pragma once\nint count_together(int threads, int each);\n");
  write_file(exercise / "counter.cpp", kWrong);
  write_file(exercise / "scenarios/counter_scenarios.cpp", kScenarios);
}

/// Written once for all tests, and never changed.
fs::path shared_course(const std::string& explore) {
  const auto version =
      std::hash<std::string>{}(std::string(kRubric) + kScenarios + kWrong + explore);
  const fs::path shared = fs::path(GRADER_BINARY_DIR) / ("tiny_course-" + std::to_string(version));
  if (fs::exists(shared)) return shared;
  const fs::path made = fresh_folder(GRADER_BINARY_DIR);
  write_course(made, explore);
  fs::permissions(made, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
  std::error_code taken;  // another test was faster
  fs::rename(made, shared, taken);
  if (taken) fs::remove_all(made);
  return shared;
}

}  // namespace

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

TinyCourse::TinyCourse() : folder_(fresh_folder(fs::temp_directory_path())) {}

TinyCourse::~TinyCourse() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

const fs::path& TinyCourse::root() {
  static const fs::path root = shared_course(kNative);
  return root;
}

const fs::path& TinyCourse::controlled_root() {
  static const fs::path root = shared_course(kControlled);
  return root;
}

fs::path TinyCourse::own_root() const {
  const fs::path root = folder_ / "course";
  if (!fs::exists(root)) write_course(root);
  return root;
}

void TinyCourse::write(const fs::path& name, const std::string& text) const {
  write_file(folder_ / name, text);
}

std::string TinyCourse::read(const fs::path& name) const {
  std::ifstream stream(folder_ / name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string TinyCourse::command(const std::string& arguments) {
  const bool own =
      arguments.find("--root") != std::string::npos || arguments.starts_with("adjust ");
  return "GRADER_CACHE='" GRADER_BINARY_DIR "/test_cache' '" GRADER_BINARY_DIR "/bin/grader' " +
         arguments + (own ? "" : " --root '" + root().string() + "'");
}

TinyCourse::Ran TinyCourse::grader(const std::string& arguments, double seconds) const {
  std::ostringstream limited;
  limited << "timeout --signal=KILL " << seconds << " env " << command(arguments);
  return shell(limited.str());
}

TinyCourse::Ran TinyCourse::shell(const std::string& command) const {
  FILE* pipe = ::popen(("cd '" + folder_.string() + "' && (" + command + ") 2>&1").c_str(), "r");
  Ran ran;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) ran.output += static_cast<char>(c);
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace grader::testing_support
