#include "cli/replay_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "batch/scenario_program.hpp"
#include "cli/exit_codes.hpp"
#include "cli/explore_program.hpp"
#include "cli/failure_text.hpp"
#include "explore/failure.hpp"
#include "protocol/schedule.hpp"

namespace grader {
namespace {

using protocol::Schedule;

int complain(const Error& error) {
  fmt::print(stderr, "grader replay: {}\n", error.message);
  return exit_status_of(error.kind);
}

Result<Schedule> parse(const std::string& word) {
  auto parsed = protocol::parse_schedule(word);
  if (const auto* problem = std::get_if<std::string>(&parsed)) {
    return Error{ErrorKind::usage, *problem};
  }
  return std::get<Schedule>(std::move(parsed));
}

int expected_exit(const Schedule& schedule) {
  int status = 0;
  for (const auto& [key, value] : schedule.target) {
    if (key == "exit") std::from_chars(value.data(), value.data() + value.size(), status);
  }
  return status;
}

bool names_scenario(const Schedule& schedule) {
  return !schedule.target.empty() && schedule.target.front().first == "exercise";
}

RuntimeKind runtime_of(const Schedule& schedule) {
  return schedule.thread_sanitizer ? RuntimeKind::thread_sanitizer : RuntimeKind::plain;
}

ExploreRequest search_of(const Schedule& schedule, const ControlledProgram& program) {
  ExploreRequest search;
  search.program = program;
  search.program.runtime = runtime_of(schedule);
  search.points = schedule.points;
  search.delay_max_ns = schedule.delay_max_ns;
  search.step_budget = schedule.step_budget;
  if (schedule.alive_max != Schedule{}.alive_max) search.program.alive_max = schedule.alive_max;
  search.expect_exit = expected_exit(schedule);
  search.minimise_runs = 0;
  search.target = schedule.target;
  return search;
}

ControlledRequest request_of(const Schedule& schedule) {
  ControlledRequest request;
  request.options = protocol::run_options(schedule);
  request.choices = protocol::expand_picks(schedule.picks);
  return request;
}

void show_output(const ControlledRun& run) {
  fmt::print("{}", run.stdout_text);
  std::fflush(stdout);
  fmt::print(stderr, "{}", run.stderr_text);
}

// Hands this process over to the debugger, which runs the program once under the schedule and stops
// where it fails.
Error run_in_debugger(const ExploreRequest& search, const ControlledRequest& request,
                      std::uint64_t step) {
  GRADER_TRY(channel, ControlledChannel::create());
  protocol::RunOptions options = request.options;
  options.choices_size = request.choices.size();
  options.trap_at_step = step;
  channel.reset(options);
  channel.keep_over_exec();
  std::copy(request.choices.begin(), request.choices.end(), channel.channel().choices());
  std::string path = search.program.runtime == RuntimeKind::plain
                         ? (search.program.libraries / "light").string()
                         : "";
  for (const auto& [name, value] : search.program.environment) {
    if (name == "LD_LIBRARY_PATH") path += (path.empty() ? "" : ":") + value;
  }
  const std::string runtime = (search.program.libraries / "libgrader_runtime.so").string();
  std::vector<std::string> command = {
      "gdb",
      "-q",
      "-iex",
      "set debuginfod enabled off",
      "-ex",
      fmt::format("set exec-wrapper env GRADER_CHANNEL={} LD_PRELOAD={}{}", channel.path(), runtime,
                  path.empty() ? "" : " LD_LIBRARY_PATH=" + path),
      "-ex",
      "run",
      "--args"};
  command.insert(command.end(), search.program.command.begin(), search.program.command.end());
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp("gdb", arguments.data());
  return Error{ErrorKind::environment, "gdb cannot be started; install it to use --gdb"};
}

// The run as it went, without a finding of the runtime's: an assertion, or an order of events that
// a rubric forbids, is seen in its steps.
Failure as_it_went(const ControlledSession& session, const Schedule& schedule,
                   Symbolizer& symbolizer) {
  Failure shown;
  shown.decisions = session.decisions().decisions;
  shown.trace = session.trace();
  shown.replay = protocol::to_text(schedule);
  for (const TraceEvent& event : shown.trace) {
    if (event.location == 0 || shown.places.count(event.location) > 0) continue;
    shown.places[event.location] = place_of(event.location, session.channel().view(), symbolizer);
  }
  return shown;
}

// Returns whether an assertion failed.
bool show_assertions(const Trace& trace) {
  bool failed = false;
  for (const TraceEvent& event : trace) {
    if (event.kind != protocol::EventKind::test_assertion) continue;
    fmt::print("assertion failed: {}\n", event.text);
    failed = true;
  }
  return failed;
}

Result<int> replay_program(const ReplayArguments& arguments, const Schedule& schedule,
                           const ControlledProgram& program) {
  const ExploreRequest search = search_of(schedule, program);
  ControlledRequest request = request_of(schedule);
  request.options.record_decisions = 1;
  Symbolizer symbolizer;
  GRADER_TRY(session, ControlledSession::start(search.program, -1));
  GRADER_TRY(run, session.run(request));
  show_output(run);
  const LanesStyle style{arguments.colour, arguments.width};
  const bool asserted = show_assertions(session.trace());
  const std::vector<RuntimeFinding> findings = all_findings(run, search, symbolizer);
  if (asserted || (findings.empty() && names_scenario(schedule))) {
    fmt::print("{}", draw_lanes(as_it_went(session, schedule, symbolizer), style));
  }
  if (asserted) return kExitBelow;
  if (findings.empty()) {
    fmt::print("nothing found on this schedule\n");
    return kExitPass;
  }
  FindingKind kind = findings.front().finding.kind;
  for (const RuntimeFinding& found : findings) {
    if (schedule.thread_sanitizer && found.finding.kind == FindingKind::data_race) {
      kind = FindingKind::data_race;
    }
  }
  GRADER_TRY(failure, examine_failure(session, request, search, kind, symbolizer));
  fmt::print("{}", failure_text(failure, style));
  std::fflush(stdout);
  if (arguments.gdb) return run_in_debugger(search, request, failure.step);
  return kExitBelow;
}

Result<int> replay(const ReplayArguments& arguments) {
  GRADER_TRY(schedule, parse(arguments.replay));
  if (names_scenario(schedule)) {
    GRADER_TRY(scenario, build_scenario(arguments.root, schedule.target, arguments.submission,
                                        runtime_of(schedule)));
    return replay_program(arguments, schedule, scenario.program);
  }
  GRADER_TRY(prepared, PreparedProgram::prepare(schedule.target));
  return replay_program(arguments, schedule, prepared.program());
}

}  // namespace

int run_replay(const ReplayArguments& arguments) {
  const Result<int> status = replay(arguments);
  return status.ok() ? *status : complain(status.error());
}

}  // namespace grader
