#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/exec.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"

// The C library makes these out of calls to itself that nobody sees: here they are made of those
// that are modelled.
namespace grader::runtime {
namespace {

constexpr int kNotExecuted = 127;

// What the C library's own functions do between fork and exec, told by the file actions' layout.
struct FileAction {
  enum Kind : int { close_it, duplicate, open_it, change_directory, change_to_descriptor } kind;
  union {
    struct {
      int fd;
    } close;
    struct {
      int fd;
      int to;
    } duplicate;
    struct {
      int fd;
      char* path;
      int flags;
      mode_t mode;
    } open;
    struct {
      char* path;
    } directory;
    int fd;
  } with;
};

bool open_as(int fd, const char* path, int flags, mode_t mode) {
  const int opened = open(path, flags, mode);
  if (opened < 0) return false;
  if (opened == fd) return true;
  const bool placed = dup2(opened, fd) >= 0;
  close(opened);
  return placed;
}

bool act(const FileAction& action) {
  switch (action.kind) {
    case FileAction::close_it:
      close(action.with.close.fd);
      return true;
    case FileAction::duplicate:
      return dup2(action.with.duplicate.fd, action.with.duplicate.to) >= 0;
    case FileAction::open_it:
      return open_as(action.with.open.fd, action.with.open.path, action.with.open.flags,
                     action.with.open.mode);
    case FileAction::change_directory:
      return chdir(action.with.directory.path) == 0;
    case FileAction::change_to_descriptor:
      return fchdir(action.with.fd) == 0;
  }
  return false;
}

bool act_all(const posix_spawn_file_actions_t* actions) {
  if (actions == nullptr) return true;
  const auto* all = reinterpret_cast<const FileAction*>(actions->__actions);
  for (int i = 0; i < actions->__used; ++i) {
    if (!act(all[i])) return false;
  }
  return true;
}

void apply(const posix_spawnattr_t* attributes) {
  short flags = 0;
  if (attributes == nullptr || posix_spawnattr_getflags(attributes, &flags) != 0) return;
  sigset_t set;
  if ((flags & POSIX_SPAWN_SETSIGDEF) != 0) {
    posix_spawnattr_getsigdefault(attributes, &set);
    for (int number = 1; number < static_cast<int>(kSignals); ++number) {
      if (sigismember(&set, number) == 1) signal(number, SIG_DFL);
    }
  }
  if ((flags & POSIX_SPAWN_SETPGROUP) != 0) {
    pid_t group = 0;
    posix_spawnattr_getpgroup(attributes, &group);
    setpgid(0, group);
  }
  if ((flags & POSIX_SPAWN_SETSID) != 0) setsid();
  if ((flags & POSIX_SPAWN_RESETIDS) != 0) {
    [[maybe_unused]] const bool reset = setegid(getgid()) == 0 && seteuid(getuid()) == 0;
  }
  if ((flags & POSIX_SPAWN_SETSIGMASK) != 0) {
    posix_spawnattr_getsigmask(attributes, &set);
    sigprocmask(SIG_SETMASK, &set, nullptr);
  }
}

struct Spawn {
  const char* file;
  const posix_spawn_file_actions_t* actions;
  const posix_spawnattr_t* attributes;
  char* const* argv;
  char* const* envp;
  bool by_search;
};

// The caller learns why the program could not be executed through a pipe that exec closes.
int spawn_controlled(Thread& self, pid_t* pid, const Spawn& what, std::uint64_t location) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  const pid_t child = fork_controlled(self, location);
  if (child == 0) {
    int error = 0;
    apply(what.attributes);
    Thread& own = *controlled();
    if (act_all(what.actions)) {
      if (what.by_search) {
        exec_by_search(own, what.file, what.argv, what.envp, ForShell::no, location);
      } else {
        exec_controlled(own, what.file, what.argv, what.envp, location);
      }
    }
    error = errno;
    if (write(ends[1], &error, sizeof error) < 0) _exit(kNotExecuted);
    _exit(kNotExecuted);
  }
  const int fork_error = errno;
  close(ends[1]);
  int error = child < 0 ? fork_error : 0;
  if (child > 0 && read(ends[0], &error, sizeof error) > 0) waitpid(child, nullptr, 0);
  close(ends[0]);
  if (error == 0 && pid != nullptr) *pid = child;
  return error;
}

int system_controlled(Thread& self, const char* command, std::uint64_t location) {
  char shell[] = "sh";
  char option[] = "-c";
  char* const argv[] = {shell, option, const_cast<char*>(command), nullptr};
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGCHLD);
  sigprocmask(SIG_BLOCK, &block, &before);
  const pid_t child = fork_controlled(self, location);
  if (child == 0) {
    sigprocmask(SIG_SETMASK, &before, nullptr);
    exec_controlled(*controlled(), "/bin/sh", argv, environ, location);
    _exit(kNotExecuted);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return status;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int posix_spawn(pid_t* pid, const char* path,
                                  const posix_spawn_file_actions_t* actions,
                                  const posix_spawnattr_t* attributes, char* const argv[],
                                  char* const envp[]) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(posix_spawn)(pid, path, actions, attributes, argv, envp);
  return spawn_controlled(*self, pid, {path, actions, attributes, argv, envp, false},
                          GRADER_CALLER);
}

GRADER_INTERPOSED int posix_spawnp(pid_t* pid, const char* file,
                                   const posix_spawn_file_actions_t* actions,
                                   const posix_spawnattr_t* attributes, char* const argv[],
                                   char* const envp[]) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(posix_spawnp)(pid, file, actions, attributes, argv, envp);
  return spawn_controlled(*self, pid, {file, actions, attributes, argv, envp, true}, GRADER_CALLER);
}

GRADER_INTERPOSED int system(const char* command) {
  Thread* self = controlled();
  if (self == nullptr || command == nullptr) return NEXT(system)(command);
  return system_controlled(*self, command, GRADER_CALLER);
}
