#include "cli/ci_command.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "base/posix.hpp"
#include "batch/names.hpp"
#include "batch/shelter.hpp"
#include "cli/check_command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/git.hpp"
#include "report/report.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

/// GitHub shows a job summary of at most 1 MiB.
constexpr std::size_t kSummaryBytesMax = 1'000'000;

/// The value of an environment variable that CI sets; empty when unset.
std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// A word that a student's program cannot guess: it ends the stretch in which its output is not
/// taken for commands.
Result<std::string> random_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return errno_error("getting random bytes");
  }
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

/// Folders of exercises that the paths lie in ("exercises/4-parallel-tasks/popen.cpp").
std::set<std::string> touched_slugs(const std::vector<std::string>& files) {
  std::set<std::string> slugs;
  for (const std::string& file : files) {
    const fs::path path(file);
    auto part = path.begin();
    if (part == path.end() || *part++ != "exercises" || part == path.end()) continue;
    const std::string slug = part->string();
    if (++part != path.end()) slugs.insert(slug);
  }
  return slugs;
}

/// The course's exercises among the touched ones, in its order. What it does not know is a folder
/// of the student's own.
Result<std::vector<LoadedExercise>> touched_exercises(const Installation& installation,
                                                      const std::set<std::string>& slugs) {
  std::vector<std::string> names;
  std::error_code error;
  for (const std::string& slug : slugs) {
    if (fs::exists(installation.root / "exercises" / slug / "rubric.yaml", error)) {
      names.push_back(slug);
    } else {
      fmt::print("exercises/{} is no exercise of this course: not graded\n", printable(slug));
    }
  }
  if (names.empty()) return std::vector<LoadedExercise>{};
  return load_exercises(installation, names);
}

void write_to_github(const std::vector<Grade>& grades, ReportOptions options) {
  const Result<std::string> token = random_token();
  if (token) options.stop_token = *token;  // without one, nothing of a student's is printed
  fmt::print("{}", report_github(grades, options));
}

/// Appends to the job's summary, where the runner provides a file for it.
Status add_summary(const std::vector<Grade>& grades, const ReportOptions& options) {
  const std::string file = environment("GITHUB_STEP_SUMMARY");
  if (file.empty()) return success();
  std::string text = report_markdown(grades, options);
  if (text.size() > kSummaryBytesMax) {
    text = "The summary is too long for this page; see the job's log.\n";
  }
  std::ofstream stream(file, std::ios::app);
  stream << text;
  stream.flush();
  if (stream) return success();
  return Error{ErrorKind::environment, "writing the job's summary to " + file + " failed"};
}

Status write_reports(const std::vector<Grade>& grades, const CiArguments& arguments) {
  ReportOptions options;
  options.colour = arguments.colour;
  if (environment("GITHUB_ACTIONS") == "true") {
    options.colour = false;
    write_to_github(grades, options);
  } else {
    fmt::print("{}", report_terminal(grades, options));
  }
  GRADER_CHECK(add_summary(grades, options));
  if (arguments.junit.empty()) return success();
  return write_file_atomically(arguments.junit, report_junit(grades, options));
}

Result<int> try_ci(const CiArguments& arguments) {
  GRADER_CHECK(check_shelter(arguments.options.sandbox));
  GRADER_TRY(installation, find_installation(arguments.root));
  const fs::path repository =
      arguments.repository.empty() ? installation.root : arguments.repository;
  GRADER_TRY(files, changed_files(repository, arguments.base));
  GRADER_TRY(exercises, touched_exercises(installation, touched_slugs(files)));
  if (exercises.empty()) {
    fmt::print("no exercise changed since {}: nothing to grade\n", arguments.base);
  }
  std::vector<Grade> grades;
  int worst = kExitPass;
  for (const LoadedExercise& exercise : exercises) {
    const fs::path directory = repository / "exercises" / exercise.exercise.slug;
    grades.push_back(
        grade_submission(installation, exercise, {"this change", directory}, arguments.options));
    grades.back().command = "make check EXERCISE=" + exercise.exercise.slug;
    worst = worse_exit_status(worst, exit_status(grades.back()));
  }
  // With no grades too: a pipeline that collects the report finds an empty one.
  GRADER_CHECK(write_reports(grades, arguments));
  return worst;
}

}  // namespace

int run_ci(const CiArguments& arguments) {
  const Result<int> status = try_ci(arguments);
  if (status.ok()) return *status;
  fmt::print(stderr, "grader ci: {}\n", status.error().message);
  return exit_status_of(status.error().kind);
}

}  // namespace grader
