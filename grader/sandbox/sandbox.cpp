#include "sandbox/sandbox.hpp"

#include <fcntl.h>
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
#include <string_view>

#include "base/fd.hpp"
#include "base/posix.hpp"
#include "sandbox/supervisor.hpp"
#include "sandbox/usage.hpp"

namespace grader {
namespace {

using Clock = std::chrono::steady_clock;
using sandbox::SupervisorReport;

constexpr const char* kPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::array kSampleIntervals_ms = {5, 10, 20, 40};  // then the last one again
constexpr std::int64_t kClearanceTimeout_ms = 15'000;

/// A descriptor above the standard ones, whatever the grader was started with.
Result<Fd> above_standard(Fd fd, const char* what) {
  constexpr int kFirst = 10;
  Fd high(fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirst));
  if (!high.valid()) return errno_error(what);
  return high;
}

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("creating a pipe");
  Fd first(ends[0]);
  Fd second(ends[1]);
  GRADER_TRY(read, above_standard(std::move(first), "creating a pipe"));
  GRADER_TRY(write, above_standard(std::move(second), "creating a pipe"));
  return Pipe{std::move(read), std::move(write)};
}

/// A memory file that every writer appends to.
Result<Fd> make_capture(const char* name) {
  GRADER_TRY(memory, make_memory_file(name));
  GRADER_TRY(fd, above_standard(std::move(memory), "creating a memory file"));
  if (fcntl(fd.get(), F_SETFL, O_RDWR | O_APPEND) != 0) return errno_error("preparing a capture");
  return std::move(fd);
}

/// Owns everything that a ChildPlan points to.
struct Launch {
  std::string program;
  std::vector<std::string> environment_storage;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  Fd stdin_fd;
  Fd stdout_fd;
  Fd stderr_fd;
  Pipe control;
  Pipe result;
  sandbox::ChildPlan plan;
};

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  std::string_view rest = kPath;
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    std::string candidate = fmt::format("{}/{}", rest.substr(0, colon), name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return Error{ErrorKind::environment,
               fmt::format("program \"{}\" is not in {}: install it", name, kPath)};
}

void fill_strings(const ProcessRequest& request, Launch& launch) {
  for (const std::string& argument : request.arguments) {
    launch.arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  launch.arguments.push_back(nullptr);
  launch.environment_storage = {fmt::format("PATH={}", kPath),
                                fmt::format("HOME={}", request.working_directory.string()),
                                "LANG=C.UTF-8"};
  for (const auto& [name, value] : request.environment) {
    std::erase_if(launch.environment_storage,
                  [&](const std::string& set) { return set.starts_with(name + "="); });
    launch.environment_storage.push_back(fmt::format("{}={}", name, value));
  }
  for (std::string& variable : launch.environment_storage) {
    launch.environment.push_back(variable.data());
  }
  launch.environment.push_back(nullptr);
}

Status prepare(const ProcessRequest& request, Launch& launch) {
  if (request.arguments.empty()) return Error{ErrorKind::internal, "no program to run was named"};
  GRADER_TRY(program, find_program(request.arguments.front()));
  launch.program = program;
  fill_strings(request, launch);
  Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null.valid()) return errno_error("opening /dev/null");
  GRADER_TRY(stdin_fd, above_standard(std::move(null), "opening /dev/null"));
  GRADER_TRY(stdout_fd, make_capture("stdout"));
  GRADER_TRY(stderr_fd, make_capture("stderr"));
  GRADER_TRY(control, make_pipe());
  GRADER_TRY(result, make_pipe());
  launch.stdin_fd = std::move(stdin_fd);
  launch.stdout_fd = std::move(stdout_fd);
  launch.stderr_fd = std::move(stderr_fd);
  launch.control = std::move(control);
  launch.result = std::move(result);
  const Limits& limits = request.limits;
  const std::int64_t file_bytes = std::max(request.file_bytes_max, limits.output_bytes);
  launch.plan = {
      .program = launch.program.c_str(),
      .arguments = launch.arguments.data(),
      .environment = launch.environment.data(),
      .working_directory = request.working_directory.c_str(),
      .stdin_fd = launch.stdin_fd.get(),
      .stdout_fd = launch.stdout_fd.get(),
      .stderr_fd = launch.stderr_fd.get(),
      .parent = 0,
      .cpu_s = static_cast<rlim_t>(std::max<std::int64_t>(1, (limits.cpu_ms + 999) / 1000)),
      .file_bytes = static_cast<rlim_t>(std::max<std::int64_t>(file_bytes, 1))};
  return success();
}

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
    }
  }
  /// The limit that was passed; empty when none was.
  [[nodiscard]] const std::string& limit() const { return limit_; }
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
    if (usage.memory_bytes > limits.memory_bytes) return stop("memory");
    if (usage.processes > limits.processes) return stop("processes");
    if (usage.cpu_ms > limits.cpu_ms) return stop("cpu");
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
  std::string limit_;
  bool stopped_ = false;
  std::int64_t stopped_at_ms_ = 0;
};

Termination termination_of(const ProcessRequest& request, const SupervisorReport& report,
                           const std::string& limit, const Launch& launch) {
  if (report.setup.step >= 0) {
    return SandboxFailed{fmt::format("running {}: {}: {}", launch.program,
                                     sandbox::setup_step_name(report.setup.step),
                                     std::strerror(report.setup.error_number))};
  }
  if (report.killed_for_us && !limit.empty()) return LimitExceeded{limit};
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

}  // namespace

ProcessOutcome run_in_sandbox(const ProcessRequest& request) {
  if (request.isolation != Isolation::none) return failed("isolation by namespaces is not built");
  Launch launch;
  if (const Status prepared = prepare(request, launch); !prepared.ok()) {
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
  const std::optional<SupervisorReport> report = watcher.wait();
  reap_supervisor(supervisor, report.has_value());
  if (!report.has_value()) return failed("the supervisor of the run died before its report");
  ProcessOutcome outcome;
  outcome.wall_us = watcher.elapsed_ms() * 1000;
  outcome.termination = termination_of(request, *report, watcher.limit(), launch);
  outcome.zombies = report->zombies;
  outcome.orphans = report->orphans;
  outcome.kernel_pid = report->kernel_pid;
  outcome.cpu_us = report->cpu_us;
  if (const Status read = read_output(request, launch, outcome); !read.ok()) {
    return failed(read.error().message);
  }
  return outcome;
}

}  // namespace grader
