#include "sandbox/child_setup.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace grader::sandbox {
namespace {

constexpr rlim_t kOpenFiles = 512;
constexpr rlim_t kStackBytes = rlim_t{8} << 20U;

bool limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  // A lower hard limit that is already there stays: only root may raise it.
  rlimit now{};
  if (getrlimit(resource, &now) != 0) return false;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < hard) hard = now.rlim_max;
  const rlimit wanted{soft < hard ? soft : hard, hard};
  return setrlimit(resource, &wanted) == 0;
}

bool die_with_parent(const ChildPlan& plan) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  if (getppid() == plan.parent) return true;
  errno = ESRCH;
  return false;
}

bool start_session(const ChildPlan&) { return setsid() >= 0; }

/// The grader's own mask and dispositions are not the program's.
bool reset_signals(const ChildPlan&) {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

bool connect_stdin(const ChildPlan& plan) { return dup2(plan.stdin_fd, STDIN_FILENO) >= 0; }
bool connect_stdout(const ChildPlan& plan) { return dup2(plan.stdout_fd, STDOUT_FILENO) >= 0; }
bool connect_stderr(const ChildPlan& plan) { return dup2(plan.stderr_fd, STDERR_FILENO) >= 0; }

bool join_groups(const ChildPlan& plan) {
  for (std::size_t i = 0; i < plan.group_count; ++i) {
    if (write(plan.group_fds[i], "0", 1) != 1) return false;
  }
  return true;
}

bool close_descriptors(const ChildPlan& plan) {
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
  for (std::size_t i = 0; i < plan.kept_count; ++i) {
    if (fcntl(plan.kept_fds[i], F_SETFD, 0) != 0) return false;
  }
  return true;
}

/// ThreadSanitizer dies on an address space that is laid out at random (see docs of g++ 12), and
/// equal layouts make equal runs.
bool fix_addresses(const ChildPlan&) { return personality(ADDR_NO_RANDOMIZE) >= 0; }

bool enter_directory(const ChildPlan& plan) { return chdir(plan.working_directory) == 0; }

bool set_umask(const ChildPlan&) {
  umask(022);
  return true;
}

bool limit_core(const ChildPlan&) { return limit(RLIMIT_CORE, 0, 0); }
bool limit_files(const ChildPlan&) { return limit(RLIMIT_NOFILE, kOpenFiles, kOpenFiles); }
bool limit_stack(const ChildPlan&) { return limit(RLIMIT_STACK, kStackBytes, kStackBytes); }
bool limit_cpu(const ChildPlan& plan) { return limit(RLIMIT_CPU, plan.cpu_s, plan.cpu_s + 1); }
bool limit_file_size(const ChildPlan& plan) {
  return limit(RLIMIT_FSIZE, plan.file_bytes, plan.file_bytes);
}
bool limit_processes(const ChildPlan& plan) {
  return plan.processes == 0 || limit(RLIMIT_NPROC, plan.processes, plan.processes);
}

bool execute(const ChildPlan& plan) {
  execve(plan.program, plan.arguments, plan.environment);
  return false;
}

constexpr std::array kSteps = {
    SetupStep{"tying its life to its supervisor", die_with_parent},
    SetupStep{"starting a session", start_session},
    SetupStep{"resetting signals", reset_signals},
    SetupStep{"connecting its standard input", connect_stdin},
    SetupStep{"connecting its standard output", connect_stdout},
    SetupStep{"connecting its standard error", connect_stderr},
    SetupStep{"joining its control group", join_groups},
    SetupStep{"closing other descriptors", close_descriptors},
    SetupStep{"fixing its address layout", fix_addresses},
    SetupStep{"entering its directory", enter_directory},
    SetupStep{"setting its umask", set_umask},
    SetupStep{"limiting core dumps", limit_core},
    SetupStep{"limiting open files", limit_files},
    SetupStep{"limiting its stack", limit_stack},
    SetupStep{"limiting its CPU time", limit_cpu},
    SetupStep{"limiting the size of its files", limit_file_size},
    SetupStep{"limiting its processes", limit_processes},
    SetupStep{"executing it", execute},
};

}  // namespace

SetupFailure become_program(const ChildPlan& plan) {
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    if (!kSteps[i].run(plan)) return SetupFailure{static_cast<int>(i), errno};
  }
  return SetupFailure{static_cast<int>(kSteps.size()) - 1, errno};
}

const char* setup_step_name(int step) {
  const bool known = step >= 0 && static_cast<std::size_t>(step) < kSteps.size();
  return known ? kSteps[static_cast<std::size_t>(step)].name : "an unknown step";
}

}  // namespace grader::sandbox
