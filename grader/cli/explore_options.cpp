#include "cli/explore_options.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "cli/explore_command.hpp"
#include "cli/replay_command.hpp"

namespace grader {
namespace {

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

unsigned terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40) return size.ws_col;
  return 100;
}

}  // namespace

void add_explore(CLI::App& app, std::function<int()>& action) {
  auto arguments = std::make_shared<ExploreArguments>();
  CLI::App& command = *app.add_subcommand(
      "explore", "Run any program under the controlled scheduler, schedule after schedule");
  command
      .add_option("SOURCE", arguments->command,
                  "C or C++ sources; or, after --, a built program and its arguments")
      ->required();
  command.add_option("--strategy", arguments->strategy,
                     "portfolio (default), random_walk, pct, pos, surw, round_robin, or dfs: every "
                     "schedule, with partial-order reduction");
  command.add_option("--schedules", arguments->schedules, "How many at most (default 1000)")
      ->check(CLI::PositiveNumber);
  command.add_option("--seed", arguments->seed, "The same seed gives the same schedules");
  command.add_option("--delay-max", arguments->delay_max,
                     "For how many milliseconds a thread that can run may be delayed while the "
                     "clock moves on; 0: a sleeper wakes only when nobody can run; or unlimited");
  command
      .add_option("--points", arguments->points,
                  "Where threads may be switched: sync, atomics (default) or accesses")
      ->check(CLI::IsMember({"sync", "atomics", "accesses"}));
  command
      .add_option("--steps", arguments->step_budget,
                  "Steps before a run counts as a livelock (default 20000)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--alive", arguments->alive_max,
                  "Threads and processes alive at once before a run is ended (default 2000)")
      ->check(CLI::PositiveNumber);
  command.add_flag("--race", arguments->race,
                   "Run each order of synchronisation once more beneath ThreadSanitizer");
  command
      .add_option("--expect-exit", arguments->expect_exit,
                  "The exit status that is no finding (default 0)")
      ->check(CLI::Range(0, 255));
  command.add_flag("--stop-on-first", arguments->stop_on_first, "Stop at the first failure");
  command.add_option("--format", arguments->format, "terminal (default) or json")
      ->check(CLI::IsMember({"terminal", "json"}));
  command.add_option("--jobs", arguments->jobs, "Runs side by side (default: one a core)")
      ->check(CLI::Range(1, 256));
  command.footer(
      "Examples:\n  grader explore race.cpp --race\n"
      "  grader explore deadlock.cpp --strategy dfs\n"
      "  grader explore --points atomics --schedules 10000 stack.cpp main.cpp\n"
      "  grader explore --expect-exit 3 -- ./program --its-own option\n"
      "Exit status: 0 nothing found, 1 something found, 2 usage, 3 the sources do not compile,\n"
      "70 the grader's own fault.");
  command.callback([arguments, &action] {
    arguments->colour = wants_colour();
    arguments->progress = isatty(STDERR_FILENO) == 1;
    arguments->width = terminal_width();
    action = [arguments] { return run_explore(*arguments); };
  });
}

void add_replay(CLI::App& app, std::function<int()>& action) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App& command =
      *app.add_subcommand("replay", "Perform one schedule again, and show how it fails");
  command.add_option("REPLAY", arguments->replay, "The word that a report printed")->required();
  command.add_flag("--gdb", arguments->gdb, "Stop in the debugger at the step where it fails");
  command.add_option("--submission", arguments->submission,
                     "For a scenario of an exercise: the folder of the submission, when the word "
                     "does not name it");
  command.add_option("--root", arguments->root, "The course's folder (default: found from here)");
  command.footer(
      "Example:\n  grader replay g1:source=deadlock.cpp:picks=3.1\n"
      "Exit status: 1 it fails again, 0 it does not, 2 the word makes no sense, 3 what it names\n"
      "does not compile, 70 the grader's own fault.");
  command.callback([arguments, &action] {
    arguments->colour = wants_colour();
    arguments->width = terminal_width();
    action = [arguments] { return run_replay(*arguments); };
  });
}

}  // namespace grader
