#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// Locks on files: flock, fcntl and lockf. Whether one can be had is asked of the kernel without
// waiting; who was refused asks again when one was given back, a file was closed or a process
// ended. A circle of fcntl locks, of which POSIX lets the system tell by EDEADLK or not, is
// waited for: so it is found as the deadlock that it is.
namespace grader::runtime {
namespace {

/// One call: `ask` tries without waiting and returns 0, or -1 with errno EWOULDBLOCK or EACCES.
struct FileLock {
  Object& file;
  bool waits;
  bool gives_back;
  std::uint64_t location;
};

bool was_refused(int error) { return error == EWOULDBLOCK || error == EACCES; }

Operation operation_of(const FileLock& lock) {
  Operation op;
  op.kind = lock.gives_back ? EventKind::unlock : EventKind::lock;
  op.object = &lock.file;
  op.location = lock.location;
  op.recorded = false;
  op.interruptible = lock.waits;
  op.cancellable = lock.waits;
  op.undecided = !lock.waits && !lock.gives_back;
  return op;
}

void note_done(Thread& self, const FileLock& lock) {
  if (lock.gives_back) {
    const bool is_own = lock.file.owner != nullptr && lock.file.owner->process == self.process;
    if (is_own) lock.file.owner = nullptr;
  } else {
    lock.file.owner = &self;
    lock.file.owner_location = lock.location;
  }
  record(self, lock.gives_back ? EventKind::unlock : EventKind::lock, 0, &lock.file, lock.location);
  stream_changed(lock.file);
}

// `holder` names the thread that is in the way once the lock was refused; 0: unknown.
template <typename Ask, typename Holder>
int lock_file(Thread& self, const FileLock& lock, Ask ask, Holder holder) {
  Operation op = operation_of(lock);
  for (;;) {
    if (perform(self, op) == CandidateKind::signal) {
      errno = EINTR;
      return -1;
    }
    const int result = ask();
    const int error = errno;
    if (result == 0) note_done(self, lock);
    if (result != 0 && was_refused(error) && !lock.waits) {
      record(self, EventKind::lock_failed, 0, &lock.file, lock.location);
      note_poll(self, lock.location);
    }
    errno = error;
    if (result == 0 || !was_refused(error) || !lock.waits) return result;
    self.seen = lock.file.generation;
    op.guard = Guard::changed;
    op.value = holder();
  }
}

std::int64_t owner_of(const Object& file) { return file.owner != nullptr ? file.owner->id : 0; }

std::int64_t main_thread_of(std::int32_t kernel_id) {
  const Process* process = kernel_id > 0 ? find_process(kernel_id) : nullptr;
  if (process == nullptr) return 0;
  for (const Thread* thread : world().threads) {
    if (thread->process == process->id && thread->is_main) return thread->id;
  }
  return 0;
}

int flock_controlled(Thread& self, int fd, int operation, std::uint64_t location) {
  Object* file = locked_file(fd, &self);
  if (file == nullptr) return NEXT(flock)(fd, operation);
  const bool gives_back = (operation & ~LOCK_NB) == LOCK_UN;
  const FileLock lock{*file, (operation & LOCK_NB) == 0 && !gives_back, gives_back, location};
  return lock_file(
      self, lock, [&] { return NEXT(flock)(fd, operation | LOCK_NB); },
      [&] { return owner_of(*file); });
}

bool is_lock_command(int command) {
  return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK ||
         command == F_OFD_SETLKW;
}

int fcntl_lock(Thread& self, int fd, int command, struct flock* range, std::uint64_t location) {
  Object* file = locked_file(fd, &self);
  if (file == nullptr || range == nullptr) return NEXT(fcntl)(fd, command, range);
  const bool is_open_file = command == F_OFD_SETLK || command == F_OFD_SETLKW;
  const bool gives_back = range->l_type == F_UNLCK;
  const bool waits = (command == F_SETLKW || command == F_OFD_SETLKW) && !gives_back;
  const int try_command = is_open_file ? F_OFD_SETLK : F_SETLK;
  const auto holder = [&]() -> std::int64_t {
    struct flock other = *range;
    if (NEXT(fcntl)(fd, is_open_file ? F_OFD_GETLK : F_GETLK, &other) != 0) return 0;
    const std::int64_t thread = main_thread_of(other.l_type != F_UNLCK ? other.l_pid : 0);
    return thread != 0 ? thread : owner_of(*file);
  };
  return lock_file(
      self, {*file, waits, gives_back, location},
      [&] { return NEXT(fcntl)(fd, try_command, range); }, holder);
}

int fcntl_controlled(int fd, int command, void* argument, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr || !is_lock_command(command)) return NEXT(fcntl)(fd, command, argument);
  return fcntl_lock(*self, fd, command, static_cast<struct flock*>(argument),
                    location_of_caller(caller));
}

int lockf_controlled(int fd, int command, off_t size, const void* caller) {
  Thread* self = controlled();
  const bool is_known = command == F_LOCK || command == F_TLOCK || command == F_ULOCK;
  if (self == nullptr || !is_known) return NEXT(lockf)(fd, command, size);
  struct flock range {};
  range.l_type = command == F_ULOCK ? F_UNLCK : F_WRLCK;
  range.l_whence = SEEK_CUR;
  range.l_len = size;
  return fcntl_lock(*self, fd, command == F_LOCK ? F_SETLKW : F_SETLK, &range,
                    location_of_caller(caller));
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

#define GRADER_CALLED_FROM __builtin_return_address(0)

GRADER_INTERPOSED int flock(int fd, int operation) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(flock)(fd, operation);
  return flock_controlled(*self, fd, operation, GRADER_CALLER);
}

// The third argument is an integer or a pointer; either way it comes in one register.
#define GRADER_FCNTL                          \
  va_list rest;                               \
  va_start(rest, command);                    \
  void* const argument = va_arg(rest, void*); \
  va_end(rest);                               \
  return fcntl_controlled(fd, command, argument, GRADER_CALLED_FROM)

GRADER_INTERPOSED int fcntl(int fd, int command, ...) { GRADER_FCNTL; }
GRADER_INTERPOSED int fcntl64(int fd, int command, ...) { GRADER_FCNTL; }

GRADER_INTERPOSED int lockf(int fd, int command, off_t size) {
  return lockf_controlled(fd, command, size, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int lockf64(int fd, int command, off64_t size) {
  return lockf_controlled(fd, command, size, GRADER_CALLED_FROM);
}
