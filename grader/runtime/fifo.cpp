#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// Opening a FIFO waits for somebody at the other end. Here it is opened without waiting, and the
// wait is the model's.
namespace grader::runtime {
namespace {

struct Opening {
  int directory;
  const char* path;
  int flags;
  mode_t mode;
};

int open_really(const Opening& o, int more_flags) {
  return NEXT(openat)(o.directory, o.path, o.flags | more_flags, o.mode);
}

int fail(int error) {
  errno = error;
  return -1;
}

bool waits_for_other_end(const Opening& o) {
  const int access = o.flags & O_ACCMODE;
  if ((o.flags & (O_NONBLOCK | O_PATH)) != 0 || access == O_RDWR || o.path == nullptr) return false;
  struct stat file {};
  const long found =
      raw_syscall(SYS_newfstatat, o.directory, address_of(o.path), address_of(&file), 0);
  return found == 0 && S_ISFIFO(file.st_mode);
}

Operation operation_of(Object* stream, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::descriptor_open;
  op.object = stream;
  op.location = location;
  op.recorded = false;
  op.interruptible = true;
  op.cancellable = true;
  return op;
}

// Waits for a change of `stream`, which the caller looks at afterwards. False: a signal came.
bool await_change(Thread& self, Object& stream, std::uint64_t location) {
  Operation op = operation_of(&stream, location);
  op.guard = Guard::changed;
  self.seen = stream.generation;
  return perform(self, op) != CandidateKind::signal;
}

// Of the read end `fd`, non-blocking as yet: an empty FIFO that somebody can write to says EAGAIN.
bool has_writer(int fd) {
  int size = 0;
  if (raw_syscall(SYS_ioctl, fd, FIONREAD, address_of(&size)) == 0 && size > 0) return true;
  char nothing = 0;
  return raw_syscall(SYS_read, fd, address_of(&nothing), 1) == -EAGAIN;
}

// `arrived` counts the openings for writing: a writer may have come and gone meanwhile.
bool await_writer(Thread& self, int fd, Object& fifo, std::uint64_t location) {
  const std::uint32_t arrived = fifo.arrived;
  stream_changed(fifo);
  while (!has_writer(fd) && fifo.arrived == arrived) {
    if (!await_change(self, fifo, location)) return false;
  }
  return true;
}

int give_up(int fd, Object& fifo) {
  NEXT(close)(fd);
  stream_changed(fifo);
  return fail(EINTR);
}

// A FIFO opened for writing without waiting says ENXIO until there is a reader. What the waiting
// needs is known of its name alone: any change of any stream may have been a reader's coming.
int open_to_write(Thread& self, const Opening& o, std::uint64_t location) {
  for (;;) {
    const int fd = open_really(o, O_NONBLOCK);
    if (fd >= 0 || errno != ENXIO) return fd;
    if (!await_change(self, any_stream(), location)) return fail(EINTR);
  }
}

int open_fifo(Thread& self, const Opening& o, std::uint64_t location) {
  if (perform(self, operation_of(nullptr, location)) == CandidateKind::signal) return fail(EINTR);
  const bool reads = (o.flags & O_ACCMODE) == O_RDONLY;
  const int fd = reads ? open_really(o, O_NONBLOCK) : open_to_write(self, o, location);
  Object* fifo = fd >= 0 ? stream_of(fd, self) : nullptr;
  if (fifo == nullptr) return fd;
  if (reads && !await_writer(self, fd, *fifo, location)) return give_up(fd, *fifo);
  if (!reads) ++fifo->arrived;
  stream_changed(*fifo);
  raw_syscall(SYS_fcntl, fd, F_SETFL, o.flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC));
  record(self, EventKind::descriptor_open, reads ? 0 : 1, fifo, location);
  return fd;
}

int open_controlled(const Opening& o, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr || !waits_for_other_end(o)) return open_really(o, 0);
  return open_fifo(*self, o, location_of_caller(caller));
}

FILE* open_file(const char* path, const char* mode, const void* caller) {
  if (std::strchr(mode, '+') != nullptr) return NEXT(fopen)(path, mode);
  const int access = mode[0] == 'r' ? O_RDONLY : O_WRONLY;
  const int on_exec = std::strchr(mode, 'e') != nullptr ? O_CLOEXEC : 0;
  const Opening o{AT_FDCWD, path, access | on_exec, 0};
  Thread* self = controlled();
  if (self == nullptr || !waits_for_other_end(o)) return NEXT(fopen)(path, mode);
  const int fd = open_fifo(*self, o, location_of_caller(caller));
  return fd >= 0 ? fdopen(fd, mode) : nullptr;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

#define GRADER_CALLED_FROM __builtin_return_address(0)

#define GRADER_OPEN(directory)                                      \
  mode_t mode = 0;                                                  \
  if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode = va_arg(rest, mode_t);                                    \
    va_end(rest);                                                   \
  }                                                                 \
  return open_controlled({directory, path, flags, mode}, GRADER_CALLED_FROM)

GRADER_INTERPOSED int open(const char* path, int flags, ...) { GRADER_OPEN(AT_FDCWD); }
GRADER_INTERPOSED int open64(const char* path, int flags, ...) { GRADER_OPEN(AT_FDCWD); }
GRADER_INTERPOSED int openat(int directory, const char* path, int flags, ...) {
  GRADER_OPEN(directory);
}
GRADER_INTERPOSED int openat64(int directory, const char* path, int flags, ...) {
  GRADER_OPEN(directory);
}
GRADER_INTERPOSED FILE* fopen(const char* path, const char* mode) {
  return open_file(path, mode, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED FILE* fopen64(const char* path, const char* mode) {
  return open_file(path, mode, GRADER_CALLED_FROM);
}

// What _FORTIFY_SOURCE makes of them.
extern "C" int __open_2(const char* path, int flags);
extern "C" int __open64_2(const char* path, int flags);
GRADER_INTERPOSED int __open_2(const char* path, int flags) {
  return open_controlled({AT_FDCWD, path, flags, 0}, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int __open64_2(const char* path, int flags) {
  return open_controlled({AT_FDCWD, path, flags, 0}, GRADER_CALLED_FROM);
}
