#include "runtime/testing/controlled_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifndef GRADER_RUNTIME_LIBRARY
#error "the build says where the runtime is"
#endif

namespace grader::testing {
namespace {

using protocol::ForkReply;
using protocol::ForkRequest;

void check(bool holds, const char* what) {
  if (holds) return;
  std::perror(what);
  std::abort();
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  off_t at = 0;
  for (ssize_t n = 0; (n = pread(fd, buffer, sizeof buffer, at)) > 0; at += n) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  return text;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& s : strings) result.push_back(const_cast<char*>(s.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment(int channel_fd, int requests, int replies, bool real) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) result.emplace_back(*entry);
  const std::string library = GRADER_RUNTIME_LIBRARY;
  result.push_back("LD_PRELOAD=" + library);
  result.push_back("GRADER_CHANNEL=/proc/" + std::to_string(getpid()) + "/fd/" +
                   std::to_string(channel_fd));
  result.push_back(std::string(protocol::kForkServerVariable) + "=" + std::to_string(requests) +
                   "," + std::to_string(replies));
  if (!real) {
    result.push_back("LD_LIBRARY_PATH=" + library.substr(0, library.rfind('/')) + "/light");
  }
  result.push_back(
      "TSAN_OPTIONS=atexit_sleep_ms=0 symbolize=0 report_thread_leaks=0 detect_deadlocks=0 "
      "exitcode=66");
  return result;
}

}  // namespace

ControlledProgram::ControlledProgram(std::vector<std::string> command, Sanitizer sanitizer,
                                     int core)
    : core_(core) {
  const protocol::ChannelSizes sizes;
  size_ = protocol::channel_total_size(sizes);
  channel_fd_ = memfd_create("channel", MFD_CLOEXEC);
  output_fd_ = memfd_create("output", MFD_CLOEXEC);
  check(ftruncate(channel_fd_, static_cast<off_t>(size_)) == 0, "ftruncate");
  base_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, channel_fd_, 0);
  check(base_ != MAP_FAILED, "mmap");
  channel_ = protocol::Channel::format(base_, sizes);
  start(command, sanitizer);
}

void ControlledProgram::start(const std::vector<std::string>& command, Sanitizer sanitizer) {
  int requests[2];
  int replies[2];
  check(pipe(requests) == 0 && pipe(replies) == 0, "pipe");
  fcntl(requests[1], F_SETFD, FD_CLOEXEC);
  fcntl(replies[0], F_SETFD, FD_CLOEXEC);
  const std::vector<std::string> variables =
      environment(channel_fd_, requests[0], replies[1], sanitizer == Sanitizer::real);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> envp = pointers(variables);
  child_ = fork();
  check(child_ >= 0, "fork");
  if (child_ == 0) {
    personality(ADDR_NO_RANDOMIZE);
    fcntl(output_fd_, F_SETFL, O_APPEND);
    dup2(output_fd_, 1);
    dup2(output_fd_, 2);
    execve(arguments[0], arguments.data(), envp.data());
    _exit(127);
  }
  close(requests[0]);
  close(replies[1]);
  requests_ = requests[1];
  replies_ = replies[0];
  if (read(replies_, &first_reply_, sizeof first_reply_) != sizeof first_reply_) {
    std::fprintf(stderr, "%s did not start: %s\n", command[0].c_str(),
                 read_all(output_fd_).c_str());
    std::abort();
  }
}

ControlledProgram::~ControlledProgram() {
  close(requests_);
  close(replies_);
  if (child_ > 0) waitpid(child_, nullptr, 0);
  munmap(base_, size_);
  close(channel_fd_);
  close(output_fd_);
}

void ControlledProgram::reset(const protocol::RunOptions& options,
                              const std::vector<protocol::Choice>& given) {
  protocol::reset_channel(channel_);
  channel_.header().options = options;
  channel_.header().options.choices_size = given.size();
  if (!given.empty()) {
    std::memcpy(channel_.choices(), given.data(), given.size() * sizeof(protocol::Choice));
  }
  check(ftruncate(output_fd_, 0) == 0, "ftruncate");
}

ControlledRun ControlledProgram::run(protocol::RunOptions options,
                                     const std::vector<protocol::Choice>& given,
                                     std::uint32_t wall_timeout_ms) {
  reset(options, given);
  ForkRequest request;
  request.core = core_;
  request.cpu_timeout_ms = options.cpu_timeout_ms;
  request.wall_timeout_ms = wall_timeout_ms;
  ForkReply reply;
  const bool asked = write(requests_, &request, sizeof request) == sizeof request &&
                     read(replies_, &reply, sizeof reply) == sizeof reply;
  if (!asked) {
    std::fprintf(stderr, "the fork server is gone: %s\n", read_all(output_fd_).c_str());
    std::abort();
  }
  return read_run(reply);
}

ControlledRun ControlledProgram::read_run(const ForkReply& reply) {
  const protocol::ChannelHeader& h = channel_.header();
  ControlledRun run;
  run.reply = reply;
  run.end = h.summary.end;
  run.steps = h.summary.steps;
  run.trace_hash = h.summary.trace_hash;
  run.happens_before_hash = h.summary.happens_before_hash;
  run.virtual_time_ns = h.summary.virtual_time_ns;
  run.threads_max = h.summary.threads_max;
  run.choices.assign(channel_.choices(), channel_.choices() + h.summary.choices.load());
  run.events.assign(channel_.events(), channel_.events() + h.events_used.load());
  for (std::uint32_t i = 0; i < h.findings_used; ++i) {
    const protocol::FindingRecord& f = h.findings[i];
    run.findings.push_back(
        {f.kind, std::string(channel_.text() + f.text_offset, f.text_size), f.location_count});
  }
  for (std::uint32_t i = 0; i < h.modules_used; ++i) {
    run.modules.emplace_back(channel_.text() + h.modules[i].path_offset, h.modules[i].path_size);
  }
  run.output = read_all(output_fd_);
  return run;
}

bool ControlledRun::exited_with(int status) const {
  return reply.stopped == protocol::RunStop::none && WIFEXITED(reply.wait_status) &&
         WEXITSTATUS(reply.wait_status) == status;
}

bool ControlledRun::has(protocol::FindingKind kind) const {
  for (const Finding& finding : findings) {
    if (finding.kind == kind) return true;
  }
  return false;
}

std::string ControlledRun::describe() const {
  std::string text = "end " + std::to_string(static_cast<unsigned>(end)) + ", wait status " +
                     std::to_string(reply.wait_status) + ", timed out " +
                     std::to_string(static_cast<unsigned>(reply.stopped)) + ", steps " +
                     std::to_string(steps) + ", virtual ns " + std::to_string(virtual_time_ns) +
                     ", trace " + std::to_string(trace_hash) + ", order " +
                     std::to_string(happens_before_hash) + "\n";
  for (const Finding& finding : findings) {
    text += "finding " + std::to_string(static_cast<unsigned>(finding.kind)) + ": " +
            finding.sentence + "\n";
  }
  return text + "output: " + output + "\n";
}

protocol::RunOptions random_walk(std::uint64_t seed) {
  protocol::RunOptions options;
  options.strategy = protocol::StrategyKind::random_walk;
  options.seed = seed;
  return options;
}

}  // namespace grader::testing
