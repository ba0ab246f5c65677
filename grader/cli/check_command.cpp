#include "cli/check_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/posix.hpp"
#include "batch/shelter.hpp"
#include "cli/exit_codes.hpp"
#include "cli/interrupt.hpp"
#include "report/report.hpp"
#include "workspace/exercises.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

int fail(const Error& error) {
  fmt::print(stderr, "grader check: {}\n", error.message);
  return exit_status_of(error.kind);
}

/// One line on a terminal that says what is being done, and is gone afterwards.
class ProgressLine {
 public:
  explicit ProgressLine(bool shown, unsigned width) : shown_(shown), width_(width) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::string_view what) const {
    if (shown_) fmt::print(stderr, "\r\033[K{}", what.substr(0, width_ - 1));
  }
  void clear() const {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool shown_;
  unsigned width_;
};

/// A relative path when it stays below the current directory: what a user would type.
std::string as_typed(const fs::path& path) {
  std::error_code error;
  const fs::path relative = fs::proximate(path, error);
  return error || relative.native().starts_with("..") ? path.string() : relative.string();
}

/// How the user calls this program: by bin/grader where that is at hand, else by its name.
std::string program_name() {
  std::error_code ignored;
  return fs::exists("bin/grader", ignored) ? "bin/grader" : "grader";
}

/// Quoted for a shell when that is needed.
std::string quoted(const std::string& word) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string command_for(const CheckArguments& arguments, const Exercise& exercise) {
  std::string command = program_name() + " check " + exercise.slug;
  if (!arguments.submission.empty())
    command += " --submission " + quoted(arguments.submission.string());
  if (arguments.options.seed) command += fmt::format(" --seed {}", *arguments.options.seed);
  return command;
}

Grade grade_one(const Installation& installation, const LoadedExercise& loaded,
                const CheckArguments& arguments, const GradeOptions& options) {
  const bool own_work = arguments.submission.empty();
  Submission submission;
  submission.directory = own_work ? loaded.exercise.directory
                                  : submission_in(arguments.submission, loaded.exercise).directory;
  submission.name = own_work ? "working copy" : as_typed(submission.directory);
  if (!own_work) submission.replay_name = submission.name;
  Grade grade = grade_submission(installation, loaded, submission, options);
  grade.command = command_for(arguments, loaded.exercise);
  return grade;
}

Status write_report(const CheckArguments& arguments, const std::string& format, bool only,
                    const std::vector<Grade>& grades, const ReportOptions& options) {
  GRADER_TRY(text, report(format, grades, options));
  if (format == "terminal" || arguments.output.empty()) {
    fmt::print("{}", text);
    std::fflush(stdout);
    return success();
  }
  fs::path file = arguments.output;
  if (!only) file += "." + format;
  return write_file_atomically(file, text);
}

Status write_reports(const CheckArguments& arguments, const std::vector<Grade>& grades) {
  ReportOptions options;
  options.colour = arguments.colour;
  options.width = static_cast<int>(arguments.width);
  std::vector<std::string> formats = arguments.formats;
  if (formats.empty()) formats.emplace_back("terminal");
  const auto to_file = std::count_if(formats.begin(), formats.end(),
                                     [](const std::string& f) { return f != "terminal"; });
  for (const std::string& format : formats) {
    GRADER_CHECK(write_report(arguments, format, to_file == 1, grades, options));
  }
  return success();
}

Status check_submission_folder(const fs::path& submission) {
  std::error_code ignored;
  if (submission.empty() || fs::is_directory(submission, ignored)) return success();
  return Error{ErrorKind::usage,
               fmt::format("--submission {}: there is no such folder", submission.string())};
}

}  // namespace

int worse_exit_status(int a, int b) {
  // From harmless to grave; see exit_codes.hpp.
  static constexpr std::array kOrder = {kExitPass,          kExitBelow, kExitDoesNotBuild,
                                        kExitInvalidRubric, kExitUsage, kExitInternal};
  const auto rank = [](int status) {
    return std::find(kOrder.begin(), kOrder.end(), status) - kOrder.begin();
  };
  return rank(a) < rank(b) ? b : a;
}

int run_check(const CheckArguments& arguments) {
  clean_up_on_interrupt();
  if (const Status folder = check_submission_folder(arguments.submission); !folder) {
    return fail(folder.error());
  }
  if (const Status shelter = check_shelter(arguments.options.sandbox); !shelter) {
    return fail(shelter.error());
  }
  const auto installation = find_installation(arguments.root);
  if (!installation) return fail(installation.error());
  const auto exercises = load_exercises(*installation, arguments.exercises);
  if (!exercises) return fail(exercises.error());

  std::vector<Grade> grades;
  int status = kExitPass;
  {
    const ProgressLine line(arguments.progress, arguments.width);
    GradeOptions options = arguments.options;
    options.progress = [&line](std::string_view what) { line.show(what); };
    for (const LoadedExercise& exercise : *exercises) {
      grades.push_back(grade_one(*installation, exercise, arguments, options));
      status = worse_exit_status(status, exit_status(grades.back()));
    }
  }
  const Status written = write_reports(arguments, grades);
  return written.ok() ? status : fail(written.error());
}

}  // namespace grader
