#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/exec.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/streams.hpp"

// popen and pclose out of calls that are modelled, and fclose, which closes a descriptor by a call
// inside the C library.
namespace grader::runtime {
namespace {

constexpr int kNotExecuted = 127;

/// A file that popen gave out.
struct Piped {
  FILE* file;
  pid_t child;
};

// A process's own, and its children's by inheritance.
constexpr std::size_t kPipedMax = 64;
Piped piped[kPipedMax];

Piped* find_piped(const FILE* file) {
  for (Piped& p : piped) {
    if (p.file == file) return &p;
  }
  return nullptr;
}

struct Mode {
  bool reads;
  bool closes_on_exec;
};

bool parse(const char* text, Mode& mode) {
  const bool reads = std::strchr(text, 'r') != nullptr;
  const bool writes = std::strchr(text, 'w') != nullptr;
  mode = {reads, std::strchr(text, 'e') != nullptr};
  return reads != writes && std::strspn(text, "rwe") == std::strlen(text);
}

[[noreturn]] void run_command(const char* command, const int* ends, bool parent_reads,
                              std::uint64_t location) {
  const int own = parent_reads ? ends[1] : ends[0];
  const int target = parent_reads ? STDOUT_FILENO : STDIN_FILENO;
  // POSIX: the child does not have what earlier calls of popen opened.
  for (const Piped& p : piped) {
    if (p.file != nullptr && fileno(p.file) != target) close(fileno(p.file));
  }
  if (own == target) {
    fcntl(own, F_SETFD, 0);
  } else {
    dup2(own, target);
  }
  char shell[] = "sh";
  char option[] = "-c";
  char* const argv[] = {shell, option, const_cast<char*>(command), nullptr};
  exec_controlled(*controlled(), "/bin/sh", argv, environ, location);
  _exit(kNotExecuted);
}

FILE* popen_controlled(Thread& self, const char* command, const char* text,
                       std::uint64_t location) {
  Mode mode{};
  Piped* entry = find_piped(nullptr);
  int ends[2];
  if (!parse(text, mode) || entry == nullptr) {
    errno = entry == nullptr ? EMFILE : EINVAL;
    return nullptr;
  }
  if (pipe2(ends, O_CLOEXEC) != 0) return nullptr;
  const pid_t child = fork_controlled(self, location);
  if (child == 0) run_command(command, ends, mode.reads, location);
  const int fork_error = errno;
  const int own = mode.reads ? ends[0] : ends[1];
  close(mode.reads ? ends[1] : ends[0]);
  FILE* file = child > 0 ? fdopen(own, mode.reads ? "r" : "w") : nullptr;
  if (file == nullptr) {
    if (child < 0) errno = fork_error;
    close(own);
    return nullptr;
  }
  if (!mode.closes_on_exec) fcntl(own, F_SETFD, 0);
  *entry = {file, child};
  return file;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED FILE* popen(const char* command, const char* mode) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(popen)(command, mode);
  return popen_controlled(*self, command, mode, GRADER_CALLER);
}

GRADER_INTERPOSED int pclose(FILE* file) {
  Thread* self = controlled();
  Piped* entry = self != nullptr ? find_piped(file) : nullptr;
  if (entry == nullptr) return NEXT(pclose)(file);
  const pid_t child = entry->child;
  entry->file = nullptr;
  fclose(file);
  int status = -1;
  pid_t ended = 0;
  do {
    ended = waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  return ended < 0 ? -1 : status;
}

// What is left in the buffer goes out first; then the descriptor is closed where the model sees it.
GRADER_INTERPOSED int fclose(FILE* file) {
  Thread* self = controlled();
  const int fd = self != nullptr && file != nullptr ? fileno(file) : -1;
  if (fd < 0 || stream_of(fd, *self) == nullptr) return NEXT(fclose)(file);
  const bool flushed = fflush(file) == 0;
  const int flush_error = errno;
  // A second descriptor keeps the stream from ending before the model is told.
  const int last = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  const int result = NEXT(fclose)(file);
  const int error = flushed ? errno : flush_error;
  if (last >= 0) close(last);
  errno = error;
  return flushed ? result : EOF;
}
