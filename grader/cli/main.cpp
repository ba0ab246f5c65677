// The command line: one sub-command a file, registered here.
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>

#include "cli/adjust_command.hpp"
#include "cli/batch_command.hpp"
#include "cli/check_command.hpp"
#include "cli/ci_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/explore_options.hpp"
#include "cli/handout_command.hpp"
#include "cli/lint_command.hpp"
#include "cli/verify_command.hpp"

namespace grader {
namespace {

bool wants_colour(FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  return isatty(fileno(stream)) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

unsigned terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

const std::map<std::string, SandboxMode> kSandboxModes = {{"auto", SandboxMode::automatic},
                                                          {"required", SandboxMode::required},
                                                          {"off", SandboxMode::off}};

void add_grade_options(CLI::App& command, GradeOptions& options) {
  command.add_option("--schedules", options.schedules, "Schedules (or native runs) a scenario")
      ->check(CLI::PositiveNumber);
  command.add_option("--seed", options.seed, "Seed of the schedules, instead of the rubric's");
  command.add_option("--jobs", options.jobs, "Runs side by side (default: one a core)")
      ->check(CLI::Range(1, 256));
  command.add_option("--sandbox", options.sandbox, "auto (use what there is), required, or off")
      ->transform(CLI::CheckedTransformer(kSandboxModes, CLI::ignore_case));
}

using Action = std::function<int()>;

void add_check(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App& command = *app.add_subcommand("check", "Grade your work, or the one in a folder");
  command.add_option("EXERCISE", arguments->exercises, "Slug or number; all exercises if none");
  command.add_option("--submission", arguments->submission,
                     "Folder with the exercise's files, or with a folder an exercise");
  command
      .add_option("--format", arguments->formats,
                  "terminal (default), json, junit, markdown, github, html; may be repeated")
      ->check(CLI::IsMember({"terminal", "json", "junit", "markdown", "github", "html"}));
  command.add_option("--output", arguments->output,
                     "Where the report in a format other than "
                     "terminal goes (default: standard output)");
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  add_grade_options(command, arguments->options);
  command.footer(
      "Examples:\n  grader check\n  grader check 4 --submission solutions\n"
      "  grader check 1-threads --format json --output report.json\n"
      "Exit status: 0 at or above the pass mark, 1 below it, 2 usage, 3 the submission "
      "does not\nbuild, 4 the rubric is invalid, 70 the grader's own fault.");
  command.callback([arguments, &action] {
    arguments->colour = wants_colour(stdout);
    arguments->progress = isatty(STDERR_FILENO) == 1;
    arguments->width = terminal_width();
    action = [arguments] { return run_check(*arguments); };
  });
}

void add_verify(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App& command = *app.add_subcommand(
      "verify", "Prove the rubrics: grade every submission whose verdict is known");
  command.add_option("EXERCISE", arguments->exercises, "Slug or number; all exercises if none");
  command.add_option("--seeds", arguments->seeds, "Grade each submission with each of these seeds")
      ->delimiter(',');
  command
      .add_option("--variant", arguments->variants,
                  "Only the submissions whose names begin so: solutions/, correct/, faulty/x")
      ->delimiter(',');
  command.add_flag("--mutants", arguments->mutants,
                   "Perturb each synchronising call of the reference, and see what notices");
  command.add_flag("--only-mutants", arguments->only_mutants, "The same, and no other grading");
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  add_grade_options(command, arguments->options);
  command.callback([arguments, &action] {
    arguments->colour = wants_colour(stdout);
    action = [arguments] { return run_verify(*arguments); };
  });
}

void add_batch(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<BatchArguments>();
  CLI::App& command =
      *app.add_subcommand("batch", "Grade every submission of a folder, and keep a gradebook");
  command
      .add_option("SUBMISSIONS", arguments->submissions,
                  "A folder with a folder or archive a student, or an archive of one")
      ->required();
  command.add_option("--exercise", arguments->exercise, "Slug or number")->required();
  command.add_option("--output", arguments->output, "Folder for reports/, grades.csv, grades.db")
      ->required();
  command.add_flag("--resume", arguments->resume, "Go on with what the output folder holds");
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  add_grade_options(command, arguments->options);
  arguments->options.sandbox = SandboxMode::required;
  command.callback([arguments, &action] {
    arguments->colour = wants_colour(stdout);
    arguments->progress = isatty(STDERR_FILENO) == 1;
    action = [arguments] { return run_batch(*arguments); };
  });
}

void add_adjust(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<AdjustArguments>();
  CLI::App& command =
      *app.add_subcommand("adjust", "Record a change by hand beside a batch's automatic score");
  command.add_option("OUTPUT", arguments->output, "The batch's output folder")->required();
  command.add_option("--submission", arguments->submission, "As grades.csv names it")->required();
  command.add_option("--points", arguments->points, "Points to add; may be negative");
  command.add_option("--days-late", arguments->days_late, "Days begun after the due date")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--who", arguments->who, "Who decided it")->required();
  command.add_option("--why", arguments->why, "The reason")->required();
  command.callback(
      [arguments, &action] { action = [arguments] { return run_adjust(*arguments); }; });
}

void add_ci(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<CiArguments>();
  CLI::App& command =
      *app.add_subcommand("ci", "Grade the exercises whose files changed since a revision");
  command.add_option("--base", arguments->base, "Revision that the work started from")->required();
  command.add_option("--repository", arguments->repository,
                     "Checkout with the student's commits (default: the course's folder)");
  command.add_option("--junit", arguments->junit, "Also write a JUnit report there");
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  add_grade_options(command, arguments->options);
  arguments->options.sandbox = SandboxMode::required;
  command.callback([arguments, &action] {
    arguments->colour = wants_colour(stdout);
    action = [arguments] { return run_ci(*arguments); };
  });
}

void add_lint(CLI::App& app, Action& action) {
  auto rubrics = std::make_shared<std::vector<std::filesystem::path>>();
  CLI::App& command = *app.add_subcommand("lint", "Check rubrics without grading anything");
  command.add_option("RUBRIC", *rubrics, "A rubric.yaml, or the folder of an exercise")->required();
  command.callback(
      [rubrics, &action] { action = [rubrics] { return lint(*rubrics, std::cout); }; });
}

void add_handout(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<HandoutArguments>();
  CLI::App& command = *app.add_subcommand(
      "handout", "Write what students get: no solutions, no fixtures, nothing hidden");
  command.add_option("--output", arguments->output, "A folder that is not there yet")->required();
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  command.callback(
      [arguments, &action] { action = [arguments] { return run_handout(*arguments); }; });
}

void add_doctor(CLI::App& app, Action& action) {
  CLI::App& command = *app.add_subcommand(
      "doctor", "Show what this machine offers, and how to get what is missing");
  command.callback([&action] { action = [] { return run_doctor(wants_colour(stdout)); }; });
}

int parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Grades exercises on parallel tasks: builds a submission, explores its "
      "interleavings, and scores it by a rubric."};
  app.name("grader");
  app.set_version_flag("--version", GRADER_VERSION);
  app.require_subcommand(1);
  Action action;
  add_check(app, action);
  add_verify(app, action);
  add_batch(app, action);
  add_ci(app, action);
  add_explore(app, action);
  add_replay(app, action);
  add_lint(app, action);
  add_handout(app, action);
  add_adjust(app, action);
  add_doctor(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? kExitPass : kExitUsage;
  }
  return action ? action() : kExitUsage;
}

}  // namespace
}  // namespace grader

int main(int argc, char** argv) { return grader::parse_and_run(argc, argv); }
