// Prints the table of docs/speed.md: how many bugs a CPU second shows, by this grader and by the
// same program run natively under ThreadSanitizer again and again.
//
//   bugs_table FOLDER [SEARCHES] [NAME_PART]
//
// A search ends with the first failure. A native run fails when it ends with another status than 0
// (ThreadSanitizer gives one to a report), or not at all; what it waits for costs it nothing here.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/posix.hpp"
#include "cli/explore_program.hpp"
#include "cli/program_header.hpp"
#include "explore/explorer.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr double kCpuSecondsMax = 1.0;          ///< of all native searches of one program
constexpr std::uint64_t kSchedulesMax = 1'000;  ///< of one controlled search
constexpr std::chrono::seconds kHang{4};        ///< real time after which a native run hangs

struct Score {
  int found = 0;
  double cpu_seconds = 0;
  [[nodiscard]] double rate() const { return cpu_seconds > 0 ? found / cpu_seconds : 0; }
  void add(const Score& other) {
    found += other.found;
    cpu_seconds += other.cpu_seconds;
  }
};

double cpu_seconds() {
  double sum = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      sum += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    }
  }
  return sum;
}

Result<Score> controlled(const PreparedProgram& prepared, const fs::path& file, int searches,
                         Symbolizer& symbolizer) {
  Score score;
  const double start = cpu_seconds();
  for (int i = 0; i < searches; ++i) {
    ExploreRequest request;
    request.program = prepared.program();
    request.schedules = kSchedulesMax;
    request.seed = static_cast<std::uint64_t>(i) + 1;
    protocol::parse_points(header_value(file, "points"), request.points);
    request.race = header_value(file, "expect") == "data_race";
    request.stop_on_first = true;
    request.minimise_runs = 0;
    GRADER_TRY(seen, explore(request, symbolizer));
    score.found += seen.first ? 1 : 0;
    if (!seen.first) break;
  }
  score.cpu_seconds = cpu_seconds() - start;
  return score;
}

/// One native run beneath ThreadSanitizer, silent: whether it fails.
Result<bool> fails_natively(const std::string& program) {
  const pid_t child = fork();
  if (child < 0) return errno_error("forking");
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(null, fd);
    setenv("TSAN_OPTIONS", "atexit_sleep_ms=0 symbolize=0", 1);
    personality(ADDR_NO_RANDOMIZE);
    execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  const auto end = std::chrono::steady_clock::now() + kHang;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return Error{ErrorKind::environment, program + " cannot be run"};
  }
  return status != 0;
}

Result<Score> native(const PreparedProgram& prepared, int searches) {
  Score score;
  rusage before{};
  getrusage(RUSAGE_CHILDREN, &before);
  const auto used = [&] {
    rusage now{};
    getrusage(RUSAGE_CHILDREN, &now);
    const auto seconds = [](const rusage& usage) {
      return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    return seconds(now) - seconds(before);
  };
  while (score.found < searches && used() < kCpuSecondsMax) {
    GRADER_TRY(failed, fails_natively(prepared.program().command.front()));
    score.found += failed ? 1 : 0;
  }
  score.cpu_seconds = used();
  return score;
}

std::string cell(const Score& score) {
  if (score.found == 0) return fmt::format("0 in {:.1f} s", score.cpu_seconds);
  return fmt::format("{:.1f}", score.rate());
}

std::vector<fs::path> faulty_programs(const fs::path& folder, const std::string& part) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string expect = header_value(entry.path(), "expect");
    const bool is_faulty = !expect.empty() && expect != "none";
    const bool wanted = entry.path().filename().string().find(part) != std::string::npos;
    if (wanted && is_faulty && header_value(entry.path(), "processes").empty()) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Status print_table(const fs::path& folder, int searches, const std::string& part) {
  fmt::print("| program | fault | controlled | native |\n|---|---|---|---|\n");
  Symbolizer symbolizer;
  Score all_controlled;
  Score all_native;
  int programs_controlled = 0;
  int programs_native = 0;
  const std::vector<fs::path> files = faulty_programs(folder, part);
  for (const fs::path& file : files) {
    GRADER_TRY(prepared, PreparedProgram::prepare(std::vector<std::string>{file.string()}));
    GRADER_TRY(ours, controlled(prepared, file, searches, symbolizer));
    GRADER_TRY(theirs, native(prepared, searches));
    fmt::print("| {} | {} | {} | {} |\n", file.stem().string(), header_value(file, "expect"),
               cell(ours), cell(theirs));
    std::fflush(stdout);
    all_controlled.add(ours);
    all_native.add(theirs);
    programs_controlled += ours.found > 0 ? 1 : 0;
    programs_native += theirs.found > 0 ? 1 : 0;
  }
  fmt::print("| all: bugs a CPU second | | {:.2f} | {:.2f} |\n", all_controlled.rate(),
             all_native.rate());
  fmt::print("| programs whose fault showed, of {} | | {} | {} |\n", files.size(),
             programs_controlled, programs_native);
  return success();
}

}  // namespace
}  // namespace grader

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "bugs_table FOLDER [SEARCHES] [NAME_PART]\n");
    return 2;
  }
  const int searches = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
  const grader::Status status = grader::print_table(argv[1], searches, argc > 3 ? argv[3] : "");
  if (status.ok()) return 0;
  fmt::print(stderr, "bugs_table: {}\n", status.error().message);
  return 70;
}
