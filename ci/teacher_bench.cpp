// What does it cost to grade one submission? The same scenarios and the same submission, (a) by
// this grader, whose own part is built already, and (b) as a teacher would write it today: a CMake
// project with the scenarios and the submission, built plain and with ThreadSanitizer, both run by
// ctest. The grader runs each scenario as often as the rubric asks for, the project once in each
// build. Scenarios that wait for an hour of virtual time are ended there by ctest's time-out, as a
// teacher would have it: they cost next to no CPU time, and are not what is compared. What counts
// is the CPU time of all processes, which other work on the machine disturbs least.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = GRADER_SOURCE_DIR;
std::map<std::string, std::map<std::string, double>> g_cpu_seconds;  ///< exercise, then way

/// A control group in which commands are counted. What a parent is told of its children's CPU time
/// leaves out all that ends with a name space, which is most of what the grader runs.
class Meter {
 public:
  Meter() {
    const bool version_1 = fs::exists("/sys/fs/cgroup/cpuacct/cpuacct.usage");
    const std::string name = "teacher-bench-" + std::to_string(::getpid());
    folder_ = fs::path(version_1 ? "/sys/fs/cgroup/cpuacct" : "/sys/fs/cgroup") / name;
    usage_ = folder_ / (version_1 ? "cpuacct.usage" : "cpu.stat");
    std::error_code error;
    fs::create_directory(folder_, error);
    if (!fs::exists(usage_)) {
      std::fprintf(stderr,
                   "needs a control group that counts CPU time: be root, or delegate one\n");
      std::exit(1);
    }
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
  ~Meter() { ::rmdir(folder_.c_str()); }

  /// CPU time of one shell command and of all that it starts, in seconds; stops everything when it
  /// fails.
  double measure(const std::string& command) const {
    const double before = seconds();
    const std::string inside =
        "echo 0 >'" + (folder_ / "cgroup.procs").string() + "' && (" + command + ")";
    const int status = std::system(("(" + inside + ") >/dev/null 2>&1").c_str());
    if (status != 0) {
      std::fprintf(stderr, "failed with status %d: %s\n", status, command.c_str());
      std::exit(1);
    }
    return seconds() - before;
  }

 private:
  [[nodiscard]] double seconds() const {
    std::ifstream stream(usage_);
    double value = 0;
    if (stream >> value) return value / 1e9;  // version 1: nanoseconds, nothing else
    stream.clear();
    std::string key;
    stream >> key >> value;  // version 2: "usage_usec N" comes first
    return value / 1e6;
  }

  fs::path folder_;
  fs::path usage_;
};

double measure(const std::string& command) {
  static const Meter meter;
  return meter.measure(command);
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

/// The project of a teacher, in a folder of its own. `harness/scenario.hpp` is there as far as
/// scenarios need it to compile: marks that go nowhere.
void write_project(const fs::path& project, const std::string& slug) {
  fs::create_directories(project);
  fs::copy(kRoot / "exercises" / slug, project, fs::copy_options::recursive);
  fs::copy(kRoot / "solutions" / slug, project,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::create_directories(project / "harness");
  fs::copy(kRoot / "grader/harness/scenario.hpp", project / "harness");
  fs::copy(kRoot / "grader/harness/trace.hpp", project / "harness");
  write(project / "marks.cpp", R"(#include "harness/trace.hpp"
namespace trace {
void event(std::string_view, std::initializer_list<Attribute>) {}
void name_process(pid_t, std::string_view) {}
}
)");
  write(project / "CMakeLists.txt", R"(cmake_minimum_required(VERSION 3.25)
project(submission CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(GTest REQUIRED)
file(GLOB sources *.cpp scenarios/*.cpp)
enable_testing()
include(GoogleTest)
add_executable(tests ${sources})
target_include_directories(tests PRIVATE .)
target_link_libraries(tests PRIVATE GTest::gtest GTest::gtest_main)
gtest_discover_tests(tests)
)");
}

double build_and_test(const fs::path& project, const std::string& name, const std::string& flags) {
  const std::string build = (project / name).string();
  return measure("cmake -S '" + project.string() + "' -B '" + build +
                 "' -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS='" + flags +
                 "' && cmake --build '" + build + "' && { setarch -R ctest --test-dir '" + build +
                 "' --timeout 10 --parallel 4 || true; }");
}

void teachers_project(benchmark::State& state, const std::string& slug) {
  for (auto _ : state) {
    std::string pattern = (fs::temp_directory_path() / "teacher-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return state.SkipWithError("no scratch folder");
    const fs::path project = fs::path(pattern) / "project";
    write_project(project, slug);
    double cpu = build_and_test(project, "plain", "");
    cpu += build_and_test(project, "tsan", "-fsanitize=thread");
    state.SetIterationTime(cpu);
    g_cpu_seconds[slug]["project"] = cpu;
    fs::remove_all(pattern);
  }
}

void grader_check(benchmark::State& state, const std::string& slug) {
  const std::string command = "'" GRADER_BINARY_DIR "/bin/grader' check " + slug + " --root '" +
                              kRoot.string() + "' --submission '" + (kRoot / "solutions").string() +
                              "'";
  measure(command);  // builds what is built once an exercise
  for (auto _ : state) {
    const double cpu = measure(command);
    state.SetIterationTime(cpu);
    g_cpu_seconds[slug]["grader"] = cpu;
  }
}

/// Exercises with a solution.
void register_exercises() {
  for (const auto& entry : fs::directory_iterator(kRoot / "solutions")) {
    const std::string slug = entry.path().filename().string();
    if (!fs::exists(kRoot / "exercises" / slug / "rubric.yaml")) continue;
    for (const auto& [name, run] :
         {std::pair{"project/", &teachers_project}, std::pair{"grader/", &grader_check}}) {
      benchmark::RegisterBenchmark((name + slug).c_str(), run, slug)
          ->UseManualTime()
          ->Iterations(name == std::string("grader/") ? 3 : 1)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::setenv("CCACHE_DISABLE", "1", 1);  // a teacher's project sees each submission once
  register_exercises();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  double log_sum = 0;
  int compared = 0;
  for (const auto& [slug, ways] : g_cpu_seconds) {
    if (ways.size() < 2) continue;
    log_sum += std::log(ways.at("grader") / ways.at("project"));
    ++compared;
    std::printf("%s: the grader takes %.3f of the CPU time of a teacher's project (aim: 0.1)\n",
                slug.c_str(), ways.at("grader") / ways.at("project"));
  }
  if (compared > 0) {
    std::printf("all %d: %.3f in the geometric mean\n", compared, std::exp(log_sum / compared));
  }
}
