#include "explore/scenario_observation.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <sstream>

#include "explore/failure.hpp"
#include "explore/lanes.hpp"
#include "explore/minimise.hpp"
#include "explore/report_sources.hpp"
#include "explore/sanitizer_cost.hpp"
#include "explore/sync_sites.hpp"
#include "explore/thrift.hpp"
#include "explore/tsan_report.hpp"

namespace grader {
namespace {

// Of one run. Virtual time makes every run short: one takes milliseconds of CPU time, so who is not
// done by then loops between two scheduling points, however busy the machine is.
constexpr std::uint32_t kCpuTimeoutMaxMs = 4'000;
// ThreadSanitizer's logs, a scenario's own files, and captured output until it is measured.
constexpr std::uint64_t kFileBytesMax = 64ULL << 20U;
// Address space that the stacks of threads take, and hardly ever use; RLIMIT_DATA counts it too.
constexpr std::uint64_t kStackBytes = 1ULL << 30U;
// What a run's relatives take: the parent that it is forked from, the wrapper, a shared channel.
constexpr std::uint64_t kWarmParentBytes = 256ULL << 20U;
constexpr std::uint64_t kOwnProcesses = 16;
constexpr std::size_t kLanesRows = 30;
constexpr unsigned kLanesWidth = 96;
constexpr int kReportsExitCode = 66;  // see thread_sanitizer_options

std::uint64_t random_key() {
  std::uint64_t key = 0;
  while (key == 0) {
    if (getrandom(&key, sizeof key, 0) != sizeof key) key = 0;
  }
  return key;
}

std::uint64_t unreaped(const Trace& trace) {
  return static_cast<std::uint64_t>(
      std::count_if(trace.begin(), trace.end(), [](const TraceEvent& event) {
        return (event.kind == protocol::EventKind::process_exit ||
                event.kind == protocol::EventKind::process_signalled) &&
               (event.flags & protocol::kUnreaped) != 0;
      }));
}

/// What it ran is in memory that the submission can write: another scenario's end is not this
/// one's.
bool ended(const Trace& trace, const std::string& scenario) {
  return std::any_of(trace.begin(), trace.end(), [&](const TraceEvent& event) {
    return event.kind == protocol::EventKind::test_end && event.text == scenario;
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

ControlledProgram scenario_program(const Built& built, const Workspace& workspace,
                                   const Limits& limits, const std::filesystem::path& libraries,
                                   const Enclose& enclose, RuntimeKind runtime) {
  ControlledProgram program;
  program.command = {built.program.string(), "--as-asked"};
  program.working_directory = workspace.root;
  program.libraries = libraries;
  program.runtime = runtime;
  program.environment = {{"LD_LIBRARY_PATH", built.library.parent_path().string()},
                         {"HOME", workspace.root.string()},
                         {"LANG", "C.UTF-8"}};
  program.cpu_timeout_ms =
      static_cast<std::uint32_t>(std::min<std::int64_t>(limits.cpu_ms, kCpuTimeoutMaxMs));
  if (runtime == RuntimeKind::thread_sanitizer) program.cpu_timeout_ms *= kSanitizerTime;
  program.output_bytes_max = static_cast<std::size_t>(limits.output_bytes);
  program.untrusted = true;
  program.fork_late = !built.initialises_statics;
  program.enclose = enclose;
  program.readable = {built.program, built.library.parent_path()};
  const auto memory = static_cast<std::uint64_t>(limits.memory_bytes);
  program.memory_bytes_max =
      kWarmParentBytes + (runtime == RuntimeKind::plain ? memory : memory * kSanitizerMemory);
  program.processes_max = static_cast<std::uint64_t>(limits.processes) + kOwnProcesses;
  program.alive_max = static_cast<std::uint32_t>(limits.processes) + 1;  // its own process
  program.file_bytes_max = kFileBytesMax;
  // ThreadSanitizer's shadow is private memory too: runs beneath it have no limit of this kind.
  if (runtime == RuntimeKind::plain) {
    program.data_bytes_max = memory + kStackBytes;
  }
  return program;
}

ScenarioContext::ScenarioContext(const RunPlan& plan, const Built& built,
                                 const Workspace& workspace, const ControlledSettings& settings,
                                 Symbolizer& symbolizer)
    : plan_(plan),
      built_(built),
      workspace_(workspace),
      settings_(settings),
      symbolizer_(symbolizer) {}

ControlledProgram ScenarioContext::program(RuntimeKind runtime) const {
  return scenario_program(built_, workspace_, plan_.limits, settings_.libraries, settings_.enclose,
                          runtime);
}

protocol::RunOptions ScenarioContext::options() const {
  protocol::RunOptions options;
  options.points = plan_.settings.points;
  options.delay_max_ns = plan_.settings.delay_max_ns;
  options.step_budget = plan_.settings.step_budget;
  options.record_decisions = 1;
  options.mutation = settings_.mutation;
  plan_.scenario.copy(options.scenario, sizeof options.scenario - 1);
  return options;
}

Observation ScenarioContext::failed(const std::string& reason) const {
  Observation seen;
  seen.scenario = plan_.scenario;
  seen.mode = ExploreMode::controlled;
  seen.termination = SandboxFailed{reason};
  return seen;
}

bool ScenarioContext::failing(const Observation& observation) {
  return !observation.findings.empty() || !observation.closed || !observation.passed ||
         observation.termination != Termination(Exited{0});
}

std::string ScenarioContext::replay_of(const ControlledSession& session, bool sanitized) const {
  protocol::Schedule schedule;
  schedule.points = plan_.settings.points;
  schedule.delay_max_ns = plan_.settings.delay_max_ns;
  schedule.step_budget = plan_.settings.step_budget;
  schedule.thread_sanitizer = sanitized;
  schedule.picks = to_picks(session.decisions().decisions);
  schedule.target = settings_.target;
  schedule.target.emplace_back("scenario", plan_.scenario);
  return to_text(schedule);
}

Result<Observation> ScenarioContext::look(ControlledSession& session, ControlledRequest request,
                                          std::uint64_t k) {
  const std::uint64_t key = random_key();
  request.options.closing_key = key;
  GRADER_TRY(run, session.run(request));
  const std::string fatal = fatal_message(run.sanitizer_log);
  if (!fatal.empty()) return Error{ErrorKind::environment, fatal};

  Observation seen = failed("");
  seen.runtime = session.sanitized() ? RuntimeKind::thread_sanitizer : RuntimeKind::plain;
  seen.schedule = k;
  seen.termination = run.termination;
  seen.trace = session.trace();
  const HarnessRecord record = read_harness_record(seen.trace, key);
  seen.closed = record.closed;
  seen.passed = record.passed && ended(seen.trace, plan_.scenario);
  if (settings_.mutation.kind == protocol::MutationKind::scout) {
    const std::lock_guard lock(symbolizing_);
    seen.sites = read_sync_sites(seen.trace, session.channel().view(),
                                 report_sources(built_, workspace_), symbolizer_);
  }
  std::erase_if(seen.trace, [](const TraceEvent& event) {
    return event.kind == protocol::EventKind::closing ||
           event.kind == protocol::EventKind::call_site;
  });
  seen.stdout_text = run.stdout_text;
  seen.stderr_text = run.stderr_text;
  seen.zombies = unreaped(seen.trace);
  seen.orphans = run.leftovers;
  seen.cpu_us = run.cpu_us;
  seen.virtual_time_ns = run.virtual_time_ns;
  seen.steps = run.steps;
  seen.threads_max = run.threads_max;
  seen.happens_before_hash = run.happens_before_hash;
  seen.trace_hash = run.trace_hash;
  seen.replay = replay_of(session, session.sanitized());
  if (lost_events(session.channel().view()) > 0) seen.termination = LimitExceeded{"events"};
  take_findings(session, run, seen);
  keep_what_is_checked(plan_, seen);
  return seen;
}

void ScenarioContext::take_findings(ControlledSession& session, const ControlledRun& run,
                                    Observation& seen) {
  const std::lock_guard lock(symbolizing_);
  const std::vector<RawReport> reports = parse_reports(run.sanitizer_log);
  ControlledRun judged = run;
  // ThreadSanitizer puts its own status in place of the program's once it has reported something.
  if (seen.runtime == RuntimeKind::thread_sanitizer && seen.closed &&
      seen.termination == Termination(Exited{kReportsExitCode})) {
    seen.termination = Exited{seen.passed ? 0 : 1};
    if (reports.empty()) seen.termination = SandboxFailed{kReportsLost};
  }
  judged.termination = seen.termination;
  // The harness says by its status what its record says too; without a record it is a crash.
  const auto* exited = std::get_if<Exited>(&seen.termination);
  const int expected = exited != nullptr && seen.closed ? exited->code : 0;
  for (const RuntimeFinding& found : judge_run(judged, expected)) {
    // Codes of children that nobody took are worth a look, but a criterion says what they must be.
    const bool of_child =
        found.finding.kind == FindingKind::exit_code && !found.location_codes.empty();
    if (of_child) continue;
    Finding finding = explain_finding(found, session.channel().view(), symbolizer_);
    if (finding.kind == FindingKind::exit_code) {
      finding.kind = FindingKind::crash;
      finding.message += ", in the middle of the scenario";
    }
    seen.findings.push_back(std::move(finding));
  }
  if (!reports.empty()) {
    const ReportSources sources = report_sources(built_, workspace_);
    for (Finding& finding : explain_reports(reports, sources, symbolizer_)) {
      seen.findings.push_back(std::move(finding));
    }
  }
  for (Finding& finding : seen.findings) {
    finding.scenario = plan_.scenario;
    finding.schedule = seen.schedule;
    finding.replay = seen.replay;
  }
}

Status ScenarioContext::explain(ControlledSession& session, const ControlledRequest& request,
                                Observation& observation, std::uint64_t minimise_runs) {
  if (observation.findings.empty()) return success();
  ExploreRequest search;
  search.program = program(observation.runtime);
  search.points = plan_.settings.points;
  search.delay_max_ns = plan_.settings.delay_max_ns;
  search.step_budget = plan_.settings.step_budget;
  search.minimise_runs = minimise_runs;
  search.target = settings_.target;
  search.target.emplace_back("scenario", plan_.scenario);
  Finding& finding = observation.findings.front();
  // Of a run that never ends, each try would cost its whole time.
  if (finding.kind == FindingKind::timeout || finding.kind == FindingKind::livelock)
    return success();
  GRADER_TRY(failure, examine_failure(session, request, search, finding.kind, symbolizer_));
  if (failure.kind != finding.kind) return success();
  finding.message = failure.message;
  finding.locations = failure.locations;
  finding.replay = failure.replay;
  finding.details = lines_of(draw_lanes(failure, {false, kLanesWidth, kLanesRows}));
  return success();
}

}  // namespace grader
