#include "sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/disk_use.hpp"
#include "base/posix.hpp"
#include "sandbox/launch.hpp"
#include "sandbox/supervisor.hpp"
#include "sandbox/usage.hpp"

namespace grader {
namespace {

using Clock = std::chrono::steady_clock;
using sandbox::Launch;
using sandbox::SupervisorReport;

constexpr std::array kSampleIntervals_ms = {5, 10, 20, 40};  // then the last one again
// Looking through the folders costs more than asking for memory.
constexpr std::size_t kRoundsADiskLook = 5;
constexpr std::uint64_t kDiskFilesMax = 4'000;
constexpr std::uint64_t kDiskBytesMax = std::uint64_t{1} << 30U;
constexpr std::int64_t kClearanceTimeout_ms = 15'000;
constexpr std::int64_t kWrapperProcesses = 2;  // bubblewrap, and the first process inside

std::int64_t size_of(const Fd& fd) { return lseek(fd.get(), 0, SEEK_END); }

/// Waits for the supervisor's report, and tells it to end the run when a limit is passed.
class Watcher {
 public:
  Watcher(const ProcessRequest& request, const Launch& launch, pid_t supervisor)
      : request_(request), launch_(launch), supervisor_(supervisor) {}

  /// The report, or nothing when the supervisor died or did not finish in time.
  std::optional<SupervisorReport> wait() {
    for (std::size_t round = 0;; ++round) {
      const std::optional<bool> ready = poll_result(timeout_ms(round));
      if (!ready.has_value()) return std::nullopt;
      if (*ready) return read_report();
      if (stopped_ && elapsed_ms() > stopped_at_ms_ + kClearanceTimeout_ms) return std::nullopt;
      if (!stopped_) check_limits();
      if (!stopped_ && round % kRoundsADiskLook == 0) check_disk();
    }
  }
  /// The limit that was passed; empty when none was.
  [[nodiscard]] const std::string& limit() const { return limit_; }
  /// CPU time as last seen: a name space that is killed takes its account with it.
  [[nodiscard]] std::int64_t cpu_us() const { return cpu_us_; }
  [[nodiscard]] std::int64_t elapsed_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_).count();
  }

 private:
  [[nodiscard]] int timeout_ms(std::size_t round) const {
    const int interval = kSampleIntervals_ms[std::min(round, kSampleIntervals_ms.size() - 1)];
    const std::int64_t left = request_.limits.wall_ms - elapsed_ms();
    if (stopped_ || left > interval) return interval;
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

  std::optional<bool> poll_result(int timeout_ms) const {
    pollfd result{launch_.result.read.get(), POLLIN, 0};
    const int ready = ::poll(&result, 1, timeout_ms);
    if (ready < 0 && errno != EINTR) return std::nullopt;
    return ready > 0;
  }

  std::optional<SupervisorReport> read_report() const {
    SupervisorReport report;
    ssize_t got = 0;
    do {
      got = ::read(launch_.result.read.get(), &report, sizeof report);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof report) return std::nullopt;
    return report;
  }

  void check_limits() {
    const Limits& limits = request_.limits;
    if (elapsed_ms() >= limits.wall_ms) return stop("wall");
    if (size_of(launch_.stdout_fd) >= limits.output_bytes ||
        size_of(launch_.stderr_fd) >= limits.output_bytes) {
      return stop("output");
    }
    const sandbox::Usage usage = sandbox::usage_of_descendants(supervisor_);
    cpu_us_ = std::max(cpu_us_, usage.cpu_ms * 1000);
    if (usage.memory_bytes > limits.memory_bytes) return stop("memory");
    const bool wrapped = !launch_.enclosure.wrapper.empty();
    const std::int64_t own = wrapped ? kWrapperProcesses : 0;
    if (usage.processes > limits.processes + own) return stop("processes");
    if (usage.cpu_ms > limits.cpu_ms) return stop("cpu");
  }

  /// No quota of the kernel's can be counted on: what a program
  /// writes to the disk is watched, and may pass the bound shortly before it is ended.
  void check_disk() {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    for (const std::filesystem::path& folder : request_.writable) {
      const DiskUse use = disk_use(folder, kDiskFilesMax);
      bytes += use.bytes;
      files += use.files;
    }
    if (bytes > kDiskBytesMax || files > kDiskFilesMax) stop("disk");
  }

  void stop(const char* limit) {
    limit_ = limit;
    stopped_ = true;
    stopped_at_ms_ = elapsed_ms();
    const char byte = 'k';
    // When the supervisor is already gone its report, or the lack of it, says what happened.
    if (::write(launch_.control.write.get(), &byte, 1) != 1) return;
  }

  const ProcessRequest& request_;
  const Launch& launch_;
  pid_t supervisor_;
  Clock::time_point start_ = Clock::now();
  std::int64_t cpu_us_ = 0;
  std::string limit_;
  bool stopped_ = false;
  std::int64_t stopped_at_ms_ = 0;
};

/// The limit that the kernel enforced, where a control group holds the run.
std::string enforced_limit(const Launch& launch) {
  return launch.enclosure.exceeded ? launch.enclosure.exceeded() : "";
}

Termination termination_of(const ProcessRequest& request, const SupervisorReport& report,
                           const std::string& limit, const std::string& enforced,
                           const Launch& launch) {
  if (report.setup.step >= 0) {
    return SandboxFailed{fmt::format("running {}: {}: {}", launch.program,
                                     sandbox::setup_step_name(report.setup.step),
                                     std::strerror(report.setup.error_number))};
  }
  if (report.killed_for_us && !limit.empty()) return LimitExceeded{limit};
  if (!enforced.empty()) return LimitExceeded{enforced};
  const std::int64_t output = request.limits.output_bytes;
  if (size_of(launch.stdout_fd) >= output || size_of(launch.stderr_fd) >= output) {
    return LimitExceeded{"output"};
  }
  if (WIFEXITED(report.wait_status)) return Exited{WEXITSTATUS(report.wait_status)};
  const int signal = WTERMSIG(report.wait_status);
  if (signal == SIGXFSZ) return LimitExceeded{"output"};
  const bool out_of_cpu = report.cpu_us / 1000 >= request.limits.cpu_ms;
  if (signal == SIGXCPU || (signal == SIGKILL && out_of_cpu)) return LimitExceeded{"cpu"};
  return Signalled{signal};
}

/// Reads what was captured, cut at the limit.
Status read_output(const ProcessRequest& request, const Launch& launch, ProcessOutcome& outcome) {
  const auto bytes = static_cast<std::size_t>(request.limits.output_bytes);
  GRADER_TRY(out, read_all_from_start(launch.stdout_fd.get(), bytes));
  GRADER_TRY(err, read_all_from_start(launch.stderr_fd.get(), bytes));
  outcome.stdout_text = std::move(out);
  outcome.stderr_text = std::move(err);
  return success();
}

/// The supervisor ends by itself after its report; one that does not is killed.
void reap_supervisor(pid_t supervisor, bool reported) {
  if (!reported) kill(supervisor, SIGKILL);
  while (waitpid(supervisor, nullptr, 0) < 0 && errno == EINTR) continue;
}

ProcessOutcome failed(const std::string& reason) {
  ProcessOutcome outcome;
  outcome.termination = SandboxFailed{reason};
  return outcome;
}

/// What the first process inside the enclosure said, if it came to that.
std::optional<SupervisorReport> read_inner_report(Launch& launch) {
  launch.inner_result.write.reset();
  if (!launch.inner_result.read.valid()) return std::nullopt;
  SupervisorReport report;
  pollfd waiting{launch.inner_result.read.get(), POLLIN, 0};
  if (::poll(&waiting, 1, 0) <= 0) return std::nullopt;
  if (::read(waiting.fd, &report, sizeof report) != sizeof report) return std::nullopt;
  return report;
}

/// The inside's account of the run in place of the wrapper's. Without one the wrapper itself has
/// failed, unless it was killed for a limit.
Status look_inside(bool limited, Launch& launch, SupervisorReport& report) {
  if (launch.enclosure.wrapper.empty() || report.setup.step >= 0) return success();
  const std::optional<SupervisorReport> inner = read_inner_report(launch);
  if (!inner.has_value()) {
    if (limited) return success();
    constexpr std::size_t kShown = 500;
    const Result<std::string> said = read_all_from_start(launch.stderr_fd.get(), kShown);
    return Error{ErrorKind::environment,
                 "the sandbox did not start: " + (said.ok() ? *said : std::string())};
  }
  const bool killed = report.killed_for_us;
  report = *inner;
  report.killed_for_us = killed;
  return success();
}

}  // namespace

ProcessOutcome run_in_sandbox(const ProcessRequest& request, const std::filesystem::path& init) {
  Launch launch;
  if (const Status prepared = sandbox::prepare(request, init, launch); !prepared.ok()) {
    return failed(prepared.error().message);
  }
  const pid_t supervisor = fork();
  if (supervisor < 0) return failed(errno_error("starting a supervisor").message);
  if (supervisor == 0) {
    sandbox::supervise(launch.plan, {launch.control.read.get(), launch.result.write.get()});
  }
  launch.control.read.reset();
  launch.result.write.reset();
  Watcher watcher(request, launch, supervisor);
  std::optional<SupervisorReport> report = watcher.wait();
  reap_supervisor(supervisor, report.has_value());
  if (!report.has_value()) return failed("the supervisor of the run died before its report");
  ProcessOutcome outcome;
  outcome.wall_us = watcher.elapsed_ms() * 1000;
  const std::string enforced = enforced_limit(launch);
  const bool limited = !enforced.empty() || (report->killed_for_us && !watcher.limit().empty());
  if (const Status seen = look_inside(limited, launch, *report); !seen.ok()) {
    return failed(seen.error().message);
  }
  outcome.termination = termination_of(request, *report, watcher.limit(), enforced, launch);
  outcome.zombies = report->zombies;
  outcome.orphans = report->orphans;
  outcome.kernel_pid = report->kernel_pid;
  outcome.cpu_us = std::max(report->cpu_us, watcher.cpu_us());
  if (const Status read = read_output(request, launch, outcome); !read.ok()) {
    return failed(read.error().message);
  }
  return outcome;
}

RunProcess sandbox_runner(std::filesystem::path init) {
  return [init = std::move(init)](const ProcessRequest& request) {
    return run_in_sandbox(request, init);
  };
}

}  // namespace grader
