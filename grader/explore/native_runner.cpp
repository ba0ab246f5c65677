#include "explore/native_runner.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <optional>
#include <thread>

#include "explore/native_channel.hpp"
#include "explore/report_sources.hpp"
#include "explore/sanitizer_cost.hpp"
#include "explore/thrift.hpp"
#include "explore/tsan_report.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr int kReportsExitCode = 66;  ///< see thread_sanitizer_options

/// The directories of one run, removed with it.
class RunDirectory {
 public:
  explicit RunDirectory(fs::path path) : path_(std::move(path)) {
    fs::create_directories(home(), error_);
    if (!error_) fs::create_directories(path_ / "log", error_);
  }
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  ~RunDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] fs::path home() const { return path_ / "home"; }
  [[nodiscard]] fs::path log() const { return path_ / "log" / "tsan"; }
  [[nodiscard]] const std::error_code& error() const { return error_; }

 private:
  fs::path path_;
  std::error_code error_;
};

std::uint32_t most_threads(const Trace& trace) {
  std::uint32_t alive = 1;
  std::uint32_t most = 1;
  for (const TraceEvent& event : trace) {
    if (event.process != 1) continue;
    if (event.kind == protocol::EventKind::thread_start) most = std::max(most, ++alive);
    if (event.kind == protocol::EventKind::thread_exit && alive > 1) --alive;
  }
  return most;
}

std::uint64_t unreaped(const Trace& trace) {
  return static_cast<std::uint64_t>(
      std::count_if(trace.begin(), trace.end(), [](const TraceEvent& event) {
        return (event.kind == protocol::EventKind::process_exit ||
                event.kind == protocol::EventKind::process_signalled) &&
               (event.flags & protocol::kUnreaped) != 0;
      }));
}

/// The signal behind a crash that ThreadSanitizer caught and reported.
std::optional<int> reported_signal(const std::vector<RawReport>& reports) {
  static const std::map<std::string, int> kSignals = {
      {"SEGV", SIGSEGV}, {"BUS", SIGBUS}, {"FPE", SIGFPE}, {"ILL", SIGILL}};
  for (const RawReport& report : reports) {
    if (const auto found = kSignals.find(report.kind); found != kSignals.end()) {
      return found->second;
    }
  }
  return std::nullopt;
}

class NativeRun {
 public:
  NativeRun(const RunPlan& plan, const Built& built, const Workspace& workspace,
            const NativeSettings& settings, Symbolizer& symbolizer, std::uint64_t schedule)
      : plan_(plan),
        built_(built),
        workspace_(workspace),
        settings_(settings),
        symbolizer_(symbolizer) {
    seen_.scenario = plan.scenario;
    seen_.mode = ExploreMode::native;
    seen_.runtime = plan.runtime;
    seen_.schedule = schedule;
  }

  Observation run() {
    const char* kind = is_sanitized() ? "sanitized" : "plain";
    const RunDirectory directory(workspace_.root / "runs" /
                                 fmt::format("{}-{}-{}", plan_.scenario, kind, seen_.schedule));
    if (directory.error()) return failed(directory.error().message());
    Result<NativeChannel> channel = NativeChannel::create(settings_.isolation != Isolation::none);
    if (!channel.ok()) return failed(channel.error().message);
    const ProcessOutcome outcome = settings_.run(request(directory, *channel));
    take_outcome(outcome);
    take_trace(*channel, outcome);
    if (is_sanitized()) take_reports(directory, outcome);
    explain_end();
    keep_what_is_checked(plan_, seen_);
    return std::move(seen_);
  }

 private:
  [[nodiscard]] bool is_sanitized() const { return plan_.runtime == RuntimeKind::thread_sanitizer; }

  Observation failed(const std::string& reason) {
    seen_.termination = SandboxFailed{reason};
    return std::move(seen_);
  }

  [[nodiscard]] ProcessRequest request(const RunDirectory& directory,
                                       const NativeChannel& channel) const {
    ProcessRequest request;
    request.arguments = {built_.program.string(), plan_.scenario};
    request.working_directory = directory.home();
    request.limits = plan_.limits;
    const fs::path library = built_.library.parent_path();
    const fs::path light = settings_.libraries / "native";
    request.environment = {
        {protocol::kChannelVariable, channel.path()},
        {"LD_PRELOAD", (settings_.libraries / "libgrader_watch.so").string()},
        {"LD_LIBRARY_PATH",
         is_sanitized() ? library.string() : light.string() + ":" + library.string()}};
    request.isolation = settings_.isolation;
    request.readable = {library, built_.program, settings_.libraries};
    request.files = channel.file().files();
    request.writable = {directory.home()};
    if (is_sanitized()) {
      request.environment.emplace_back("TSAN_OPTIONS", thread_sanitizer_options(directory.log()));
      request.writable.push_back(directory.log().parent_path());
      request.limits.memory_bytes *= kSanitizerMemory;
      request.limits.cpu_ms *= kSanitizerTime;
      request.limits.wall_ms *= kSanitizerTime;
    }
    return request;
  }

  void take_outcome(const ProcessOutcome& outcome) {
    seen_.termination = outcome.termination;
    seen_.stdout_text = outcome.stdout_text;
    seen_.stderr_text = outcome.stderr_text;
    seen_.zombies = outcome.zombies;
    seen_.orphans = outcome.orphans;
    seen_.cpu_us = outcome.cpu_us;
  }

  /// The loader's complaint about a program that never started: all that a submission could get
  /// wrong there was checked when it was built, so this is the machine's or the grader's fault.
  [[nodiscard]] bool was_not_loaded() const {
    constexpr int kLoaderFailed = 127;
    return seen_.trace.empty() && seen_.termination == Termination(Exited{kLoaderFailed}) &&
           (seen_.stderr_text.find("error while loading shared libraries") != std::string::npos ||
            seen_.stderr_text.find("symbol lookup error") != std::string::npos);
  }

  void take_trace(const NativeChannel& channel, const ProcessOutcome& outcome) {
    seen_.trace = read_trace(channel.view(), TraceIds::kernel, outcome.kernel_pid);
    const HarnessRecord record = read_harness_record(seen_.trace, channel.key());
    seen_.closed = record.closed;
    seen_.passed = record.passed;
    seen_.zombies += unreaped(seen_.trace);
    seen_.threads_max = most_threads(seen_.trace);
    if (!seen_.trace.empty()) seen_.virtual_time_ns = seen_.trace.back().time_ns;
    reports_ = read_reports(channel.view());
    if (reports_.lost > 0) seen_.termination = LimitExceeded{"reports"};
    if (lost_events(channel.view()) > 0) seen_.termination = LimitExceeded{"events"};
    if (was_not_loaded()) seen_.termination = SandboxFailed{seen_.stderr_text};
    // The key in the trace would only differ from run to run.
    std::erase_if(seen_.trace, [](const TraceEvent& event) {
      return event.kind == protocol::EventKind::closing;
    });
  }

  void take_reports(const RunDirectory& directory, const ProcessOutcome& outcome) {
    const Result<std::string> log = read_logs(directory.log());
    if (!log.ok()) {
      seen_.termination = SandboxFailed{log.error().message};
      return;
    }
    // Before it has read its options it complains on standard error. A program that got as far as
    // an event of its own cannot pretend that.
    const std::string fatal =
        fatal_message(seen_.trace.empty() ? *log + outcome.stderr_text : *log);
    if (!fatal.empty()) {
      seen_.termination = SandboxFailed{fatal};
      return;
    }
    const std::vector<RawReport> reports = parse_reports(reports_.text + *log);
    if (!reports.empty()) {
      const ReportSources sources = report_sources(built_, workspace_);
      for (Finding& finding : explain_reports(reports, sources, symbolizer_))
        add(std::move(finding));
    }
    take_exit_code(reports);
  }

  /// ThreadSanitizer puts its own status in place of the program's once it has reported something.
  void take_exit_code(const std::vector<RawReport>& reports) {
    if (seen_.termination != Termination(Exited{kReportsExitCode})) return;
    if (reports.empty()) {
      // The harness itself never ends with this status.
      if (seen_.closed) seen_.termination = SandboxFailed{kReportsLost};
      return;
    }
    if (const std::optional<int> signal = reported_signal(reports)) {
      seen_.termination = Signalled{*signal};
    } else if (seen_.closed) {
      seen_.termination = Exited{seen_.passed ? 0 : 1};
    }
  }

  void add(Finding finding) {
    finding.scenario = plan_.scenario;
    finding.schedule = seen_.schedule;
    seen_.findings.push_back(std::move(finding));
  }

  void add(FindingKind kind, std::string message) {
    Finding finding;
    finding.kind = kind;
    finding.message = std::move(message);
    add(std::move(finding));
  }

  /// What the way in which the run ended says about the submission.
  void explain_end() {
    const bool crash_is_known =
        std::any_of(seen_.findings.begin(), seen_.findings.end(),
                    [](const Finding& finding) { return finding.kind == FindingKind::crash; });
    if (const auto* killed = std::get_if<Signalled>(&seen_.termination)) {
      if (!crash_is_known) add(FindingKind::crash, "the program " + to_text(*killed));
    } else if (const auto* limit = std::get_if<LimitExceeded>(&seen_.termination)) {
      const bool time = limit->limit == "wall" || limit->limit == "cpu";
      add(time ? FindingKind::timeout : FindingKind::misuse,
          time ? fmt::format("the scenario did not end: the program {}", to_text(*limit))
               : fmt::format("the program {}", to_text(*limit)));
    } else if (const auto* exited = std::get_if<Exited>(&seen_.termination);
               exited != nullptr && !seen_.closed) {
      add(FindingKind::crash,
          fmt::format("the program ended with status {} in the middle of the scenario",
                      exited->code));
    }
    if (std::holds_alternative<SandboxFailed>(seen_.termination)) return;
    if (seen_.zombies > 0) {
      add(FindingKind::leak,
          fmt::format("{} child process{} ended and {} never waited for", seen_.zombies,
                      seen_.zombies == 1 ? "" : "es", seen_.zombies == 1 ? "was" : "were"));
    }
    if (seen_.orphans > 0 && seen_.closed) {
      add(FindingKind::leak, fmt::format("{} process{} still alive after the scenario",
                                         seen_.orphans, seen_.orphans == 1 ? " was" : "es were"));
    }
  }

  const RunPlan& plan_;
  const Built& built_;
  const Workspace& workspace_;
  const NativeSettings& settings_;
  Symbolizer& symbolizer_;
  Observation seen_;
  Reports reports_;
};

}  // namespace

std::vector<Observation> run_natively(const RunPlan& plan, const Built& built,
                                      const Workspace& workspace, const NativeSettings& settings,
                                      Symbolizer& symbolizer) {
  std::vector<Observation> observations(plan.schedules);
  KeptRuns kept;
  for (std::uint64_t from = 0, to = 0; from < plan.schedules; from = to) {
    to = std::min(plan.schedules, from + kept.room());
    std::atomic<std::uint64_t> next = from;
    const auto work = [&] {
      for (std::uint64_t i = next++; i < to; i = next++) {
        observations[i] = NativeRun(plan, built, workspace, settings, symbolizer, i).run();
      }
    };
    std::vector<std::jthread> workers;
    const std::uint64_t jobs = std::min<std::uint64_t>(settings.jobs, to - from);
    for (std::uint64_t i = 1; i < jobs; ++i) workers.emplace_back(work);
    work();
    workers.clear();
    for (std::uint64_t i = from; i < to; ++i) kept.count(observations[i]);
  }
  return observations;
}

}  // namespace grader
