// Preloaded into native runs: records the life of processes and threads in the channel, and passes
// every call on. Compiled without instrumentation, so that ThreadSanitizer sees no happens-before
// edge that the program does not have itself. What glibc calls inside itself (`system`, `popen`)
// is not seen; the controlled runtime models those.
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "harness/channel_writer.hpp"

namespace {

using grader::harness::append;
using grader::harness::append_for;
using grader::protocol::EventKind;

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::string_view base_name(const char* path) {
  if (path == nullptr) return {};
  const char* slash = std::strrchr(path, '/');
  return slash != nullptr ? slash + 1 : path;
}

void record_reaped(pid_t pid, int status) {
  if (pid > 0 && (WIFEXITED(status) || WIFSIGNALED(status))) {
    append(EventKind::process_reaped, "", "", status, static_cast<std::uint64_t>(pid));
  }
}

struct ThreadStart {
  void* (*routine)(void*);
  void* argument;
};

void* run_thread(void* raw) {
  auto* boxed = static_cast<ThreadStart*>(raw);
  const ThreadStart start = *boxed;
  delete boxed;
  append(EventKind::thread_start, "", "", 0);
  void* result = start.routine(start.argument);
  append(EventKind::thread_exit, "", "", 0);
  return result;
}

void record_spawned(pid_t pid, const char* path) {
  append_for(static_cast<std::uint32_t>(pid), EventKind::process_start, "", getpid());
  append_for(static_cast<std::uint32_t>(pid), EventKind::process_exec, base_name(path), 0);
}

pid_t fork_and_record() {
  using Fork = pid_t (*)();
  static const Fork real = next<Fork>("fork");
  const pid_t pid = real();
  if (pid == 0) append(EventKind::process_start, "", "", getppid());
  return pid;
}

/// Collects the arguments of execl and its kin; `after` is where the environment follows the list.
struct ArgumentList {
  static constexpr std::size_t kMax = 256;
  char* items[kMax + 1];
  std::size_t count = 0;
};

void collect(ArgumentList& list, const char* first, va_list rest) {
  list.items[list.count++] = const_cast<char*>(first);
  while (list.count < ArgumentList::kMax && list.items[list.count - 1] != nullptr) {
    list.items[list.count++] = va_arg(rest, char*);
  }
  list.items[list.count] = nullptr;
}

}  // namespace

extern "C" {

pid_t fork() { return fork_and_record(); }

// Returns twice on one stack otherwise; fork keeps its promises but speed.
pid_t vfork() { return fork_and_record(); }

int execve(const char* path, char* const argv[], char* const envp[]) {
  using Execve = int (*)(const char*, char* const*, char* const*);
  append(EventKind::process_exec, base_name(path), "", 0);
  const int result = next<Execve>("execve")(path, argv, envp);
  append(EventKind::process_exec, base_name(path), "", -errno);
  return result;
}

int execvpe(const char* file, char* const argv[], char* const envp[]) {
  using Execvpe = int (*)(const char*, char* const*, char* const*);
  append(EventKind::process_exec, base_name(file), "", 0);
  const int result = next<Execvpe>("execvpe")(file, argv, envp);
  append(EventKind::process_exec, base_name(file), "", -errno);
  return result;
}

int execv(const char* path, char* const argv[]) { return execve(path, argv, environ); }
int execvp(const char* file, char* const argv[]) { return execvpe(file, argv, environ); }

int execl(const char* path, const char* first, ...) {
  ArgumentList list;
  va_list rest;
  va_start(rest, first);
  collect(list, first, rest);
  va_end(rest);
  return execve(path, list.items, environ);
}

int execlp(const char* file, const char* first, ...) {
  ArgumentList list;
  va_list rest;
  va_start(rest, first);
  collect(list, first, rest);
  va_end(rest);
  return execvpe(file, list.items, environ);
}

int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const argv[], char* const envp[]) {
  pid_t child = 0;
  const int error =
      next<decltype(&posix_spawn)>("posix_spawn")(&child, path, actions, attributes, argv, envp);
  if (error == 0) record_spawned(child, path);
  if (error == 0 && pid != nullptr) *pid = child;
  return error;
}

int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const argv[], char* const envp[]) {
  pid_t child = 0;
  const int error =
      next<decltype(&posix_spawnp)>("posix_spawnp")(&child, file, actions, attributes, argv, envp);
  if (error == 0) record_spawned(child, file);
  if (error == 0 && pid != nullptr) *pid = child;
  return error;
}

pid_t wait4(pid_t which, int* status, int options, struct rusage* usage) {
  using Wait4 = pid_t (*)(pid_t, int*, int, struct rusage*);
  int seen = 0;
  const pid_t pid = next<Wait4>("wait4")(which, &seen, options, usage);
  if (pid > 0) record_reaped(pid, seen);
  if (pid > 0 && status != nullptr) *status = seen;
  return pid;
}

pid_t waitpid(pid_t which, int* status, int options) {
  using Waitpid = pid_t (*)(pid_t, int*, int);
  int seen = 0;
  const pid_t pid = next<Waitpid>("waitpid")(which, &seen, options);
  if (pid > 0) record_reaped(pid, seen);
  if (pid > 0 && status != nullptr) *status = seen;
  return pid;
}

pid_t wait(int* status) { return waitpid(-1, status, 0); }
pid_t wait3(int* status, int options, struct rusage* usage) {
  return wait4(-1, status, options, usage);
}

int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  using Waitid = int (*)(idtype_t, id_t, siginfo_t*, int);
  siginfo_t own{};
  siginfo_t* const seen = info != nullptr ? info : &own;
  const int result = next<Waitid>("waitid")(type, id, seen, options);
  const bool reaped = result == 0 && seen->si_pid > 0 && (options & WNOWAIT) == 0;
  if (reaped && seen->si_code == CLD_EXITED) {
    record_reaped(seen->si_pid, W_EXITCODE(seen->si_status, 0));
  } else if (reaped && (seen->si_code == CLD_KILLED || seen->si_code == CLD_DUMPED)) {
    record_reaped(seen->si_pid, W_EXITCODE(0, seen->si_status));
  }
  return result;
}

int kill(pid_t pid, int signal) {
  append(EventKind::signal_sent, "", "", signal, static_cast<std::uint64_t>(std::int64_t{pid}));
  return next<int (*)(pid_t, int)>("kill")(pid, signal);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create real = next<Create>("pthread_create");
  auto* start = new (std::nothrow) ThreadStart{routine, argument};
  if (start == nullptr) return EAGAIN;
  const int error = real(thread, attributes, run_thread, start);
  if (error != 0) delete start;
  return error;
}

int pthread_setname_np(pthread_t thread, const char* name) {
  using SetName = int (*)(pthread_t, const char*);
  static const SetName real = next<SetName>("pthread_setname_np");
  if (pthread_equal(thread, pthread_self()) != 0) {
    append(EventKind::mark, "thread.name", name, 0);
  }
  return real(thread, name);
}

}  // extern "C"
