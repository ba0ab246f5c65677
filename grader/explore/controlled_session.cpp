#include "explore/controlled_session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/empty_directory.hpp"
#include "base/posix.hpp"
#include "explore/controlled_child.hpp"
#include "explore/tsan_report.hpp"

extern char** environ;

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kStartTimeoutMs = 30'000;
// A run that wants to go on waits this many times its CPU time before the machine is given up.
constexpr std::uint32_t kStarvedAfter = 15;
constexpr std::int64_t kReplyMarginMs = 10'000;  // the fork server's clean-up on top of the run

using Environment = std::vector<std::string>;

void set_variable(Environment& environment, const std::string& name, const std::string& value) {
  std::erase_if(environment, [&](const std::string& e) { return e.starts_with(name + "="); });
  environment.push_back(name + "=" + value);
}

Environment make_environment(const ControlledProgram& program, const std::string& channel,
                             const fs::path& log, const std::string& fork_server) {
  Environment environment;
  if (program.untrusted) {
    environment.emplace_back("PATH=/usr/local/bin:/usr/bin:/bin");
  } else {
    for (char** e = environ; *e != nullptr; ++e) environment.emplace_back(*e);
  }
  for (const auto& [name, value] : program.environment) set_variable(environment, name, value);
  set_variable(environment, protocol::kChannelVariable, channel);
  set_variable(environment, protocol::kForkServerVariable, fork_server);
  if (program.fork_late) set_variable(environment, protocol::kForkLateVariable, "1");
  set_variable(environment, "LD_BIND_NOW", "1");  // once for all runs
  set_variable(environment, "LD_PRELOAD", (program.libraries / "libgrader_runtime.so").string());
  std::string path;
  for (const std::string& e : environment) {
    if (e.starts_with("LD_LIBRARY_PATH=")) path = e.substr(std::strlen("LD_LIBRARY_PATH="));
  }
  if (program.runtime == RuntimeKind::plain) {
    const std::string light = (program.libraries / "light").string();
    set_variable(environment, "LD_LIBRARY_PATH", path.empty() ? light : light + ":" + path);
  } else {
    set_variable(environment, "TSAN_OPTIONS", thread_sanitizer_options(log));
  }
  return environment;
}

/// What an enclosure is asked for: the working directory is one of its own, so that the runs see
/// the same names whatever the grader's temporary folder is called.
EnclosureRequest enclosure_request(const ControlledProgram& program, const ChannelFile& channel,
                                   const fs::path& logs, const Environment& environment) {
  EnclosureRequest request;
  request.working_directory = protocol::kHomeInside;
  request.scratch = {protocol::kHomeInside};
  request.readable = program.readable;
  request.readable.push_back(program.libraries);
  request.writable = {logs};
  request.files = channel.files();
  request.memory_bytes_max = program.memory_bytes_max;
  request.processes_max = program.processes_max;
  for (const std::string& variable : environment) {
    const std::size_t equals = variable.find('=');
    request.environment.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return request;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& s : strings) all.push_back(s.data());
  all.push_back(nullptr);
  return all;
}

Result<std::pair<Fd, Fd>> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error("making a pipe");
  return std::pair<Fd, Fd>(Fd(ends[0]), Fd(ends[1]));
}

std::size_t size_of(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

Status rewind(int fd) {
  if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
    return errno_error("emptying a program's output");
  }
  return success();
}

Termination termination_of(const protocol::ForkReply& reply, protocol::RunEnd end,
                           const std::string& enforced) {
  using protocol::RunEnd;
  if (!enforced.empty()) return LimitExceeded{enforced};
  if (end == RunEnd::deadlocked) return Deadlocked{};
  if (end == RunEnd::livelocked) return Livelocked{};
  if (reply.stopped == protocol::RunStop::cpu) return LimitExceeded{"cpu"};
  if (reply.stopped == protocol::RunStop::blocked) return LimitExceeded{"wall"};
  if (end == RunEnd::limit_exceeded) return LimitExceeded{"processes"};
  if (WIFSIGNALED(reply.wait_status) && WTERMSIG(reply.wait_status) == SIGXFSZ) {
    return LimitExceeded{"output"};
  }
  if (WIFSIGNALED(reply.wait_status)) return Signalled{WTERMSIG(reply.wait_status)};
  return Exited{WEXITSTATUS(reply.wait_status)};
}

Error starved(const protocol::ForkRequest& limits) {
  return Error{
      ErrorKind::environment,
      fmt::format("the machine is too busy: a run got less than {} ms of CPU time in {} ms; "
                  "grade again when there is less to do, or with fewer --jobs",
                  limits.cpu_timeout_ms, limits.wall_timeout_ms)};
}

}  // namespace

ControlledSession::ControlledSession(ControlledChannel channel, fs::path scratch)
    : channel_(std::move(channel)), scratch_(std::move(scratch)) {}

ControlledSession::ControlledSession(ControlledSession&& other) noexcept
    : channel_(std::move(other.channel_)),
      scratch_(std::exchange(other.scratch_, {})),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      requests_(std::move(other.requests_)),
      replies_(std::move(other.replies_)),
      enclosure_(std::move(other.enclosure_)),
      pid_(std::exchange(other.pid_, -1)),
      core_(other.core_),
      sanitized_(other.sanitized_),
      cpu_timeout_ms_(other.cpu_timeout_ms_),
      wall_timeout_ms_(other.wall_timeout_ms_),
      alive_max_(other.alive_max_),
      output_bytes_max_(other.output_bytes_max_),
      bounds_output_(other.bounds_output_) {}

ControlledSession::~ControlledSession() {
  if (pid_ > 0) {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

Result<ControlledSession> ControlledSession::start(const ControlledProgram& program, int core) {
  std::string scratch = (fs::temp_directory_path() / "grader-run-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) return errno_error("making " + scratch);
  GRADER_TRY(channel, ControlledChannel::create(static_cast<bool>(program.enclose)));
  ControlledSession session(std::move(channel), scratch);
  session.core_ = core;
  session.sanitized_ = program.runtime == RuntimeKind::thread_sanitizer;
  session.cpu_timeout_ms_ = program.cpu_timeout_ms;
  session.wall_timeout_ms_ = program.wall_timeout_ms != 0 ? program.wall_timeout_ms
                                                          : kStarvedAfter * program.cpu_timeout_ms;
  session.alive_max_ = program.alive_max;
  session.output_bytes_max_ = program.output_bytes_max;
  session.bounds_output_ = program.untrusted;
  GRADER_CHECK(session.spawn(program));
  const Result<protocol::ForkReply> ready = session.await_reply(kStartTimeoutMs);
  session.channel_.file().forget_name();
  if (ready.ok()) return session;
  const Result<std::string> said = read_all_from_start(session.errors_.get(), 4096);
  Error error = ready.error().while_doing("starting " + program.command.front() +
                                          " under the controlled scheduler");
  if (said.ok() && !said->empty()) error.message += "; it said: " + *said;
  return error;
}

Status ControlledSession::spawn(const ControlledProgram& program) {
  GRADER_TRY(to_server, make_pipe());
  GRADER_TRY(from_server, make_pipe());
  GRADER_TRY(status, make_pipe());
  GRADER_TRY(output, make_memory_file("stdout"));
  GRADER_TRY(errors, make_memory_file("stderr"));
  const Fd input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Environment environment =
      make_environment(program, channel_.path(), scratch_ / "tsan",
                       fmt::format("{},{}", to_server.first.get(), from_server.second.get()));
  std::vector<std::string> arguments = program.command;
  if (program.enclose) {
    GRADER_TRY(enclosure,
               program.enclose(enclosure_request(program, channel_.file(), scratch_, environment)));
    enclosure_ = std::move(enclosure);
    arguments.insert(arguments.begin(), enclosure_.wrapper.begin(), enclosure_.wrapper.end());
    environment.clear();
  }
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const std::string directory =
      program.working_directory.empty() ? "." : program.working_directory.string();
  ChildSetup setup{argv.data(),
                   envp.data(),
                   directory.c_str(),
                   input.get(),
                   output.get(),
                   errors.get(),
                   status.second.get(),
                   program.untrusted,
                   static_cast<bool>(program.enclose),
                   program.data_bytes_max,
                   program.file_bytes_max,
                   enclosure_.kept_fds,
                   enclosure_.group_fds};
  setup.kept_fds.push_back(to_server.first.get());
  setup.kept_fds.push_back(from_server.second.get());
  pid_ = fork();
  if (pid_ < 0) return errno_error("starting " + arguments.front());
  if (pid_ == 0) become_program(setup);
  output_ = std::move(output);
  errors_ = std::move(errors);
  requests_ = std::move(to_server.second);
  replies_ = std::move(from_server.first);
  status.second.reset();
  int reason = 0;
  if (read(status.first.get(), &reason, sizeof reason) == sizeof reason) {
    Error error = errno_error("starting " + arguments.front(), reason);
    error.kind = ErrorKind::usage;
    return error;
  }
  return success();
}

Result<protocol::ForkReply> ControlledSession::await_reply(std::int64_t timeout_ms) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  protocol::ForkReply reply;
  auto* bytes = reinterpret_cast<char*>(&reply);
  std::size_t got = 0;
  while (got < sizeof reply) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{replies_.get(), POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return errno_error("waiting for a run");
    if (ready == 0) return Error{ErrorKind::internal, "the program's parent does not answer"};
    const ssize_t count = read(replies_.get(), bytes + got, sizeof reply - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno_error("waiting for a run");
    if (count == 0) {
      return Error{ErrorKind::usage,
                   "it ended before its first run; only dynamically linked programs can be "
                   "controlled, and only those with ThreadSanitizer in a shared library "
                   "(clang++ puts it into the program: link its objects by g++)"};
    }
    got += static_cast<std::size_t>(count);
  }
  if (reply.magic != protocol::kForkServerMagic) {
    return Error{ErrorKind::internal, "the program's parent answers nonsense"};
  }
  if (reply.error != 0) return errno_error("forking a run", reply.error);
  return reply;
}

Status ControlledSession::give(const ControlledRequest& request) {
  protocol::RunOptions options = request.options;
  options.cpu_timeout_ms = cpu_timeout_ms_;
  options.alive_max = alive_max_;
  options.choices_size = request.choices.size();
  options.profile_size = static_cast<std::uint32_t>(request.profile.size());
  options.sleeping_size = static_cast<std::uint32_t>(request.sleeping.size());
  options.blocks_size = static_cast<std::uint32_t>(request.blocks.size());
  const auto bytes = [](const auto& vector) {
    return vector.size() * sizeof(typename std::decay_t<decltype(vector)>::value_type);
  };
  channel_.reset(options);
  const protocol::Channel channel = channel_.channel();
  const protocol::ChannelSizes sizes = channel_.view().sizes;
  if (request.choices.size() > sizes.choices ||
      bytes(request.profile) + bytes(request.sleeping) + bytes(request.blocks) > sizes.hint_bytes) {
    return Error{ErrorKind::internal, "the schedule is too long for the channel"};
  }
  const auto copy = [&](auto* to, const auto& from) {
    if (!from.empty()) std::memcpy(static_cast<void*>(to), from.data(), bytes(from));
  };
  copy(channel.choices(), request.choices);
  copy(channel.profile(), request.profile);
  copy(channel.sleeping(), request.sleeping);
  copy(channel.blocks(), request.blocks);
  GRADER_CHECK(rewind(output_.get()));
  return rewind(errors_.get());
}

Status ControlledSession::take_output(ControlledRun& run) {
  const bool ended = std::holds_alternative<Exited>(run.termination) ||
                     std::holds_alternative<Signalled>(run.termination);
  if (bounds_output_ && ended &&
      (size_of(output_.get()) > output_bytes_max_ || size_of(errors_.get()) > output_bytes_max_)) {
    run.termination = LimitExceeded{"output"};
  }
  GRADER_TRY(output, read_all_from_start(output_.get(), output_bytes_max_));
  GRADER_TRY(errors, read_all_from_start(errors_.get(), output_bytes_max_));
  run.stdout_text = std::move(output);
  run.stderr_text = std::move(errors);
  if (!sanitized_) return success();
  Reports reports = read_reports(channel_.view());
  if (reports.lost > 0) run.termination = LimitExceeded{"reports"};
  GRADER_TRY(log, read_logs(scratch_ / "tsan"));
  run.sanitizer_log = std::move(reports.text) + log;
  return empty_directory(scratch_);
}

void ControlledSession::take_summary(ControlledRun& run, const protocol::ForkReply& reply) const {
  const protocol::RunSummary& summary = channel_.channel().header().summary;
  run.end = summary.end;
  run.steps = summary.steps;
  run.choices = summary.choices;
  run.threads_max = summary.threads_max;
  run.trace_hash = summary.trace_hash;
  run.happens_before_hash = summary.happens_before_hash;
  run.virtual_time_ns = summary.virtual_time_ns;
  run.leftovers = reply.leftovers;
  run.cpu_us = reply.user_us + reply.system_us;
  run.termination =
      termination_of(reply, run.end, enclosure_.exceeded ? enclosure_.exceeded() : "");
  run.findings = read_findings(channel_.view());
}

Result<ControlledRun> ControlledSession::run(const ControlledRequest& request) {
  GRADER_CHECK(give(request));
  protocol::ForkRequest go;
  go.core = core_;
  go.cpu_timeout_ms = cpu_timeout_ms_;
  go.wall_timeout_ms = wall_timeout_ms_;
  if (write(requests_.get(), &go, sizeof go) != sizeof go) return errno_error("asking for a run");
  GRADER_TRY(reply, await_reply(go.wall_timeout_ms + kReplyMarginMs));
  if (reply.stopped == protocol::RunStop::starved) return starved(go);
  ControlledRun run;
  take_summary(run, reply);
  GRADER_CHECK(take_output(run));
  return run;
}

protocol::DecisionLog ControlledSession::decisions() const {
  return protocol::read_decisions(channel_.channel());
}

std::vector<protocol::Choice> ControlledSession::choices() const {
  const protocol::Channel channel = channel_.channel();
  const std::uint64_t count =
      std::min(channel.header().summary.choices.load(), channel_.view().sizes.choices);
  return {channel.choices(), channel.choices() + count};
}

Trace ControlledSession::trace() const { return read_trace(channel_.view(), TraceIds::counted); }

}  // namespace grader
