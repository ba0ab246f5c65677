#include "runtime/fork_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "protocol/fork_server.hpp"
#include "runtime/controller.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/scratch.hpp"
#include "runtime/thread_sanitizer.hpp"
#include "runtime/undertaker.hpp"

namespace grader::runtime {
namespace {

using protocol::ForkCommand;
using protocol::ForkReply;
using protocol::ForkRequest;

struct Descriptors {
  int requests = -1;
  int replies = -1;
};

Descriptors parse(const char* description) {
  Descriptors fds;
  char* rest = nullptr;
  fds.requests = static_cast<int>(std::strtol(description, &rest, 10));
  if (rest != nullptr && *rest == ',') {
    fds.replies = static_cast<int>(std::strtol(rest + 1, nullptr, 10));
  }
  return fds;
}

void pin(int core) {
  if (core < 0) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  raw_syscall(SYS_sched_setaffinity, 0, sizeof cores, address_of(&cores));
}

std::int64_t to_us(const timeval& t) { return t.tv_sec * 1'000'000LL + t.tv_usec; }

// Kills one process of those that have become ours; 0 when there is none that we can see.
long kill_one_child() {
  char path[] = "/proc/thread-self/children";
  char text[256];
  const long fd = raw_syscall(SYS_open, address_of(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const long n = raw_syscall(SYS_read, fd, address_of(text), sizeof text - 1);
  raw_syscall(SYS_close, fd);
  if (n <= 0) return 0;
  text[n] = '\0';
  const long child = std::strtol(text, nullptr, 10);
  if (child > 0) raw_syscall(SYS_kill, child, SIGKILL);
  return child;
}

// Everybody whose parents have died has become ours. Nobody survives a run.
std::uint32_t remove_leftovers() {
  std::uint32_t count = 0;
  for (;;) {
    int status = 0;
    const long reaped = raw_syscall(SYS_wait4, -1, address_of(&status), WNOHANG | __WALL, 0);
    if (reaped == -ECHILD) return count;
    if (reaped > 0) continue;
    const long victim = kill_one_child();
    if (victim > 0) raw_syscall(SYS_wait4, victim, address_of(&status), __WALL, 0);
    if (victim > 0) ++count;
  }
}

ForkReply oversee(long child, const ForkRequest& request) {
  ForkReply reply;
  reply.stopped = watch_run(child, request);
  const bool ended = reply.stopped == protocol::RunStop::none;
  const bool by_runtime = was_ended_by_runtime();
  if (!ended || by_runtime) {
    raw_syscall(SYS_kill, -child, SIGKILL);
    raw_syscall(SYS_kill, child, SIGKILL);
  }
  rusage usage{};
  while (raw_syscall(SYS_wait4, child, address_of(&reply.wait_status), __WALL,
                     address_of(&usage)) == -EINTR) {
  }
  // The runtime may have ended the run in another process than the first.
  if (ended && by_runtime) reply.wait_status = kEndedByRuntime << 8;
  reply.leftovers = remove_leftovers();
  if (by_runtime || !ended) reply.leftovers = 0;
  reply.user_us = to_us(usage.ru_utime);
  reply.system_us = to_us(usage.ru_stime);
  reply.peak_memory_kib = usage.ru_maxrss;
  return reply;
}

bool send(int fd, ForkReply reply) {
  reply.thread_sanitizer = local.thread_sanitizer ? 1 : 0;
  return raw_write_all(fd, &reply, sizeof reply);
}

}  // namespace

void serve_runs(const char* description) {
  const Descriptors fds = parse(description);
  raw_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
  settle_thread_sanitizer();
  find_next_definitions();
  if (!send(fds.replies, {})) raw_exit_group(0);
  for (;;) {
    ForkRequest request;
    if (!raw_read_all(fds.requests, &request, sizeof request) ||
        request.magic != protocol::kForkServerMagic || request.command == ForkCommand::quit) {
      raw_exit_group(0);
    }
    pin(request.core);
    prepare_undertaker();
    // Without the handlers of fork(): they are the program's and ThreadSanitizer's, which would
    // start a thread in every run. There is one thread here, which holds no lock.
    const long child = NEXT(_Fork)();
    if (child == 0) {
      raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);  // nobody would end it any more
      leave_undertaker();
      raw_syscall(SYS_setsid);
      raw_syscall(SYS_close, fds.requests);
      raw_syscall(SYS_close, fds.replies);
      return;
    }
    ForkReply reply;
    if (child < 0) {
      reply.error = errno;
    } else {
      reply = oversee(child, request);
      empty_scratch();
    }
    if (!send(fds.replies, reply)) raw_exit_group(0);
  }
}

}  // namespace grader::runtime
