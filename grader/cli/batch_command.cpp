#include "cli/batch_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/posix.hpp"
#include "batch/batch.hpp"
#include "batch/content_key.hpp"
#include "batch/intake.hpp"
#include "batch/names.hpp"
#include "batch/output_lock.hpp"
#include "batch/rescore.hpp"
#include "batch/shelter.hpp"
#include "cli/exit_codes.hpp"
#include "report/report.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr int kExitInterrupted = 130;  ///< as shells report death by SIGINT

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

extern "C" void note_interruption(int) { g_interrupted = true; }

/// While it lives, the first SIGINT, SIGTERM or SIGHUP only asks for an end. What was installed
/// before takes the second.
class InterruptionNote {
 public:
  InterruptionNote() {
    g_interrupted = false;
    struct sigaction action {};
    action.sa_handler = note_interruption;
    action.sa_flags = SA_RESTART;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &action, &before_[i]);
    }
  }
  InterruptionNote(const InterruptionNote&) = delete;
  InterruptionNote& operator=(const InterruptionNote&) = delete;
  ~InterruptionNote() { restore(); }

  /// Whether an end was asked for; from then on the next signal ends the process.
  bool asked() {
    if (!g_interrupted) return false;
    if (!restored_.exchange(true)) {
      restore();
      std::fputs("\ninterrupted: saving what is under way; once more to stop at once\n", stderr);
    }
    return true;
  }

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

  void restore() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      sigaction(kSignals[i], &before_[i], nullptr);
    }
  }

  std::array<struct sigaction, 3> before_{};
  std::atomic<bool> restored_{false};
};

/// A line that is rewritten on a terminal; elsewhere a line a submission, without any times.
class Progress {
 public:
  Progress(std::size_t total, bool terminal) : total_(total), terminal_(terminal) {}

  void done(const Grade& grade, bool graded) {
    ++done_;
    const std::string name = printable(grade.submission);
    const std::string what = fmt::format("{}/{} {}: {}{}", done_, total_, name, outcome_of(grade),
                                         graded ? "" : " (as before, or identical to another)");
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r\033[K" : "", what, terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

  void end() {
    if (terminal_ && done_ > 0) std::fputs("\r\033[K", stderr);
  }

 private:
  static std::string outcome_of(const Grade& grade) {
    if (grade.withheld) return "withheld: " + printable(grade.problem);
    if (!grade.built) return printable(grade.problem);
    return fmt::format("{:.4g} of {:.4g} points", grade.points, grade.points_max);
  }

  std::size_t total_;
  bool terminal_;
  std::size_t done_ = 0;
};

Status make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return errno_error("making " + path.string(), error.value());
  return success();
}

/// Scratch directories are made beneath the output while this lives: those of a batch that was
/// killed are found there, and removed by the next.
class ScratchFolder {
 public:
  static Result<ScratchFolder> create(const fs::path& output) {
    std::error_code error;
    const fs::path path = fs::absolute(output, error) / "scratch";
    fs::remove_all(path, error);
    GRADER_CHECK(make_folder(path));
    ::setenv("TMPDIR", path.c_str(), 1);
    return ScratchFolder(path);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    if (path_.empty()) return;
    ::unsetenv("TMPDIR");
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

 private:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// The journal of `output`, which must be of this exercise, and new unless `resume`.
Result<Journal> open_journal(const BatchArguments& arguments, const std::string& exercise) {
  GRADER_TRY(journal, Journal::open(arguments.output / "grades.db"));
  GRADER_TRY(of, journal.exercise());
  GRADER_TRY(empty, journal.empty());
  if (!of.empty() && of != exercise) {
    return Error{ErrorKind::usage, fmt::format("{} holds grades of {}, not of {}; choose another "
                                               "--output",
                                               arguments.output.string(), of, exercise)};
  }
  if (!empty && !arguments.resume) {
    return Error{ErrorKind::usage,
                 fmt::format("{} already holds grades: add --resume to go on with them (what has "
                             "changed is graded again), or choose another --output",
                             arguments.output.string())};
  }
  GRADER_CHECK(journal.set_exercise(exercise));
  return std::move(journal);
}

/// The parts that the plan calls; they live as long as the batch.
struct Parts {
  Installation installation;
  LoadedExercise exercise;
  GradeOptions options;  ///< of one submission
  std::string key;
  Progress progress;
  InterruptionNote interruption;
};

BatchPlan make_plan(const BatchArguments& arguments, Parts& parts,
                    std::vector<Candidate> candidates) {
  BatchPlan plan;
  plan.candidates = std::move(candidates);
  plan.rubric = parts.exercise.rubric;
  plan.output = arguments.output;
  plan.jobs = arguments.options.jobs;
  plan.key = [&parts](const Candidate& candidate) {
    return submission_key(parts.key, parts.exercise.rubric, candidate.directory);
  };
  plan.grade = [&parts](const Candidate& candidate) {
    return grade_submission(parts.installation, parts.exercise,
                            {candidate.name, candidate.directory}, parts.options);
  };
  plan.rescore = [&parts](const Grade& kept) { return rescore(kept, parts.exercise.rubric); };
  plan.report = [](const Grade& grade) {
    ReportOptions options;
    options.audience = Audience::staff;
    return report_json({grade}, options);
  };
  plan.interrupted = [&parts] { return parts.interruption.asked(); };
  plan.done = [&parts](const Grade& grade, bool graded) { parts.progress.done(grade, graded); };
  return plan;
}

int worst_exit_status(const BatchResult& result) {
  int worst = kExitPass;
  for (const GradebookRow& row : result.rows) {
    worst = std::max(worst, exit_status(row.grade));  // 70 before 3 before 1
  }
  return worst;
}

Result<int> try_batch(const BatchArguments& arguments) {
  GRADER_CHECK(check_shelter(arguments.options.sandbox));
  GRADER_TRY(installation, find_installation(arguments.root));
  GRADER_TRY(exercises, load_exercises(installation, {arguments.exercise}));
  GRADER_CHECK(make_folder(arguments.output));
  GRADER_TRY(lock, OutputLock::take(arguments.output));
  static_cast<void>(lock);
  GRADER_TRY(scratch, ScratchFolder::create(arguments.output));
  static_cast<void>(scratch);
  GRADER_TRY(journal, open_journal(arguments, exercises.front().exercise.slug));
  GRADER_TRY(candidates, take_in(arguments.submissions, arguments.output,
                                 arguments.output / "unpacked", exercises.front().rubric));
  GRADER_TRY(key, batch_key(installation, exercises.front(), arguments.options));

  GradeOptions options = arguments.options;
  options.jobs = 1;  // the submissions are what runs side by side
  options.progress = nullptr;
  Parts parts{installation,
              exercises.front(),
              options,
              key,
              Progress(candidates.size(), arguments.progress),
              {}};
  const BatchPlan plan = make_plan(arguments, parts, std::move(candidates));
  GRADER_TRY(result, run_batch_plan(plan, journal));
  parts.progress.end();
  fmt::print("{}", gradebook_summary(result.rows, plan.rubric));
  fmt::print("{} graded, {} as before or identical; see {}\n", result.graded, result.reused,
             (arguments.output / "grades.csv").string());
  if (!result.interrupted) return worst_exit_status(result);
  fmt::print("interrupted after {} of {}: the same command with --resume goes on\n",
             result.rows.size(), plan.candidates.size());
  return kExitInterrupted;
}

}  // namespace

int run_batch(const BatchArguments& arguments) {
  const Result<int> status = try_batch(arguments);
  if (status.ok()) return *status;
  fmt::print(stderr, "grader batch: {}\n", status.error().message);
  if (status.error().kind == ErrorKind::environment) {
    fmt::print(stderr, "What was graded is saved: cure this, then go on with --resume.\n");
  }
  return exit_status_of(status.error().kind);
}

}  // namespace grader
