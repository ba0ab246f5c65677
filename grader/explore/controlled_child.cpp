#include "explore/controlled_child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace grader {
namespace {

constexpr rlim_t kOpenFiles = 512;  // as in the sandbox

bool limit(__rlimit_resource resource, rlim_t most) {
  const rlimit wanted{most, most};
  return setrlimit(resource, &wanted) == 0;
}

// Other sessions' pipes would let one submission answer for another.
bool keep_only(const std::vector<int>& fds) {
  if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return false;
  return std::all_of(fds.begin(), fds.end(), [](int fd) { return fcntl(fd, F_SETFD, 0) == 0; });
}

// False when one of them cannot be had; then the program is not run.
bool shut_in(const ChildSetup& setup) {
  for (const int group : setup.group_fds) {
    if (write(group, "0", 1) != 1) return false;
  }
  // An enclosure's wrapper may need privileges to begin with; it gives them all up.
  const bool bound = setup.enclosed || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
  return bound && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, kOpenFiles) &&
         (setup.data_bytes == 0 || limit(RLIMIT_DATA, setup.data_bytes)) &&
         (setup.file_bytes == 0 || limit(RLIMIT_FSIZE, setup.file_bytes));
}

// What the grader ignores (as all that a shell runs in the background does SIGINT) is the grader's
// business: a program that is interrupted ends of it.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void become_program(const ChildSetup& setup) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  // ThreadSanitizer's shadow memory needs the usual addresses to be free.
  personality(ADDR_NO_RANDOMIZE);
  dup2(setup.input, STDIN_FILENO);
  dup2(setup.output, STDOUT_FILENO);
  dup2(setup.errors, STDERR_FILENO);
  reset_signals();
  umask(022);
  const bool ready = (!setup.untrusted || shut_in(setup)) && keep_only(setup.kept_fds);
  if (ready && chdir(setup.directory) == 0) {
    execvpe(setup.arguments[0], setup.arguments, setup.environment);
  }
  const int reason = errno;
  [[maybe_unused]] const ssize_t ignored = write(setup.status, &reason, sizeof reason);
  _exit(127);
}

}  // namespace grader
