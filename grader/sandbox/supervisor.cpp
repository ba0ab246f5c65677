#include "sandbox/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace grader::sandbox {
namespace {

std::int64_t cpu_of(const rusage& usage) {
  const auto us = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_usec; };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

/// The descriptors that a run needs, in rising order.
class KeptFds {
 public:
  KeptFds(const ChildPlan& plan, const SupervisorPipes& pipes) {
    for (const int fd :
         {plan.stdin_fd, plan.stdout_fd, plan.stderr_fd, pipes.control, pipes.result}) {
      add(fd);
    }
    for (std::size_t i = 0; i < plan.group_count; ++i) add(plan.group_fds[i]);
    for (std::size_t i = 0; i < plan.kept_count; ++i) add(plan.kept_fds[i]);
  }

  /// Keeps nothing of the grader's but these: another run's pipe held open here would keep that
  /// run from noticing the grader's death.
  void close_all_others() const {
    unsigned from = 3;
    for (std::size_t i = 0; i < count_; ++i) {
      const auto kept = static_cast<unsigned>(fds_[i]);
      if (fds_[i] < 0 || kept < from) continue;
      if (kept > from) syscall(SYS_close_range, from, kept - 1, 0U);
      from = kept + 1;
    }
    syscall(SYS_close_range, from, ~0U, 0U);
  }

 private:
  void add(int fd) {
    if (count_ == fds_.size()) abort();
    std::size_t i = count_++;
    for (; i > 0 && fds_[i - 1] > fd; --i) fds_[i] = fds_[i - 1];
    fds_[i] = fd;
  }

  std::array<int, 16> fds_{};
  std::size_t count_ = 0;
};

/// Calls `visit(pid)` for each child of this single-threaded process.
template <typename Visit>
void for_each_child(Visit visit) {
  const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char buffer[4096];
  pid_t pid = 0;
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) {
    for (ssize_t i = 0; i < got; ++i) {
      if (buffer[i] >= '0' && buffer[i] <= '9') {
        pid = pid * 10 + (buffer[i] - '0');
      } else if (pid != 0) {
        visit(pid);
        pid = 0;
      }
    }
  }
  if (pid != 0) visit(pid);
  close(fd);
}

/// waitid's WNOWAIT tells whether a child has ended and leaves it as it is.
bool has_ended(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid;
}

std::uint64_t count_zombies() {
  std::uint64_t zombies = 0;
  for_each_child([&](pid_t pid) { zombies += has_ended(pid) ? 1 : 0; });
  return zombies;
}

/// Kills and reaps until nothing is left. What a killed process leaves behind becomes our child
/// (we are the subreaper), so each round reaches one generation further.
void clear_descendants(SupervisorReport& report) {
  std::uint64_t reaped = 0;
  for (;;) {
    for_each_child([](pid_t pid) { kill(pid, SIGKILL); });
    rusage usage{};
    const pid_t pid = wait4(-1, nullptr, __WALL, &usage);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) break;
    ++reaped;
    report.cpu_us += cpu_of(usage);
  }
  report.orphans = reaped > report.zombies ? reaped - report.zombies : 0;
}

/// Reaps what has ended; true once the program itself has.
bool reap(pid_t program, SupervisorReport& report) {
  // The program first, so that what it left is still there to be told apart and counted.
  if (has_ended(program)) {
    rusage usage{};
    wait4(program, &report.wait_status, 0, &usage);
    report.cpu_us += cpu_of(usage);
    return true;
  }
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return false;
    if (info.si_pid == program) return reap(program, report);
    rusage usage{};
    wait4(info.si_pid, nullptr, 0, &usage);
    report.cpu_us += cpu_of(usage);
  }
}

void wait_for_program(pid_t program, int control, int child_events, SupervisorReport& report) {
  std::array<pollfd, 2> fds = {pollfd{child_events, POLLIN, 0}, pollfd{control, POLLIN, 0}};
  while (!reap(program, report)) {
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) abort();
    signalfd_siginfo ignored;
    while (read(child_events, &ignored, sizeof ignored) > 0) continue;
    if (fds[1].revents == 0) continue;
    report.killed_for_us = !has_ended(program);
    kill(-program, SIGKILL);
    kill(program, SIGKILL);
    fds[1].fd = -1;
    fds[1].revents = 0;
  }
}

int block_child_signal() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

[[noreturn]] void finish(const SupervisorPipes& pipes, const SupervisorReport& report) {
  const ssize_t written = write(pipes.result, &report, sizeof report);
  _exit(written == sizeof report ? 0 : 1);
}

}  // namespace

void supervise(ChildPlan plan, const SupervisorPipes& pipes) {
  SupervisorReport report;
  setsid();  // Ctrl-C goes to the grader, which then ends us by the control pipe
  KeptFds(plan, pipes).close_all_others();
  const int child_events = block_child_signal();
  int setup[2];
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || child_events < 0 || pipe2(setup, O_CLOEXEC) != 0) {
    report.setup = {0, errno};
    finish(pipes, report);
  }
  plan.parent = getpid();
  const pid_t program = fork();
  if (program == 0) {
    const SetupFailure failure = become_program(plan);
    _exit(write(setup[1], &failure, sizeof failure) == sizeof failure ? 127 : 126);
  }
  if (program < 0) {
    report.setup = {0, errno};
    finish(pipes, report);
  }
  close(setup[1]);
  report.kernel_pid = static_cast<std::uint32_t>(program);
  SetupFailure failure;
  if (read(setup[0], &failure, sizeof failure) == sizeof failure) report.setup = failure;
  close(setup[0]);
  wait_for_program(program, pipes.control, child_events, report);
  report.zombies = count_zombies();
  clear_descendants(report);
  finish(pipes, report);
}

}  // namespace grader::sandbox
