#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/streams.hpp"
#include "runtime/time_model.hpp"
#include "runtime/timers.hpp"

// timerfd. The descriptor is really a FIFO open for both, in which there are bytes from the moment
// that the timer rings until it is read: so poll, select and epoll, fork and dup find what they
// should, and it wakes whom a stream wakes.
namespace grader::runtime {
namespace {

constexpr std::size_t kCountSize = 8;

int fail(int error) {
  errno = error;
  return -1;
}

// The same open file description under the lowest free number.
int make_fifo(int flags) {
  int ends[2];
  const int kept = (flags & TFD_NONBLOCK) != 0 ? O_NONBLOCK : 0;
  const long error = raw_syscall(SYS_pipe2, address_of(ends), O_CLOEXEC);
  if (error != 0) return fail(static_cast<int>(-error));
  Sentence path;
  path << "/proc/self/fd/" << static_cast<std::uint64_t>(ends[0]);
  const long both = raw_syscall(SYS_open, address_of(path.text()), O_RDWR | O_CLOEXEC | kept);
  raw_syscall(SYS_close, ends[0]);
  raw_syscall(SYS_close, ends[1]);
  if (both < 0) return fail(static_cast<int>(-both));
  const bool closes = (flags & TFD_CLOEXEC) != 0;
  const long fd = raw_syscall(SYS_fcntl, both, closes ? F_DUPFD_CLOEXEC : F_DUPFD, 0);
  raw_syscall(SYS_close, both);
  return fd >= 0 ? static_cast<int>(fd) : fail(static_cast<int>(-fd));
}

bool is_open(int fd) { return raw_syscall(SYS_fcntl, fd, F_GETFD) >= 0; }

void drain(int fd) {
  char bytes[kCountSize];
  if (events_now(fd, POLLIN) != 0) raw_syscall(SYS_read, fd, address_of(bytes), sizeof bytes);
}

// The timer behind `fd`, or null with errno set.
Timer* timer_or_error(int fd) {
  Timer* timer = timer_behind(fd);
  if (timer == nullptr) errno = is_open(fd) ? EINVAL : EBADF;
  return timer;
}

}  // namespace

Timer* timer_behind(int fd) {
  Thread* self = controlled();
  if (self == nullptr || world().timers.empty()) return nullptr;
  const Object* stream = stream_of(fd, *self);
  if (stream == nullptr) return nullptr;
  for (Timer* timer : world().timers) {
    if (timer->expired == stream && timer->notice == Notice::descriptor) return timer;
  }
  return nullptr;
}

// Whoever has the baton writes into the FIFO, through the process that made it.
bool make_readable(Timer& timer) {
  Sentence path;
  path << "/proc/" << static_cast<std::uint64_t>(world().processes[timer.process - 1]->kernel_id)
       << "/fd/" << static_cast<std::uint64_t>(timer.descriptor);
  struct stat file {};
  if (raw_syscall(SYS_stat, address_of(path.text()), address_of(&file)) != 0) return false;
  if (((file.st_dev << 40U) ^ file.st_ino) != timer.expired->address) return false;
  const long fd = raw_syscall(SYS_open, address_of(path.text()), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  constexpr char kBytes[kCountSize] = {};
  if (events_now(static_cast<int>(fd), POLLIN) == 0) {
    raw_syscall(SYS_write, fd, address_of(kBytes), sizeof kBytes);
  }
  raw_syscall(SYS_close, fd);
  stream_changed(*timer.expired);
  return true;
}

long read_expirations(Timer& timer, int fd, void* data, std::size_t size) {
  if (size < kCountSize) return fail(EINVAL);
  const ssize_t n = NEXT(read)(fd, data, kCountSize);
  if (n < 0) return n;
  std::memcpy(data, &timer.rang, sizeof timer.rang);
  timer.rang = 0;
  return n;
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int timerfd_create(clockid_t clock, int flags) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timerfd_create)(clock, flags);
  const bool known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
  if (!known || (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC)) != 0) return fail(EINVAL);
  const int fd = make_fifo(flags);
  if (fd < 0) return fd;
  Timer& timer = make_timer(*self, clock, Notice::descriptor);
  timer.descriptor = fd;
  timer.expired = stream_of(fd, *self);
  return fd;
}

GRADER_INTERPOSED int timerfd_settime(int fd, int flags, const itimerspec* value,
                                      itimerspec* old) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timerfd_settime)(fd, flags, value, old);
  Timer* timer = timer_or_error(fd);
  if (timer == nullptr) return -1;
  if (value->it_value.tv_sec < 0 || !is_valid(value->it_value) || !is_valid(value->it_interval)) {
    return fail(EINVAL);
  }
  set_timer(*self, *timer, (flags & TFD_TIMER_ABSTIME) != 0, *value, old, GRADER_CALLER);
  drain(fd);
  timer->rang = 0;
  return 0;
}

GRADER_INTERPOSED int timerfd_gettime(int fd, itimerspec* value) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(timerfd_gettime)(fd, value);
  const Timer* timer = timer_or_error(fd);
  if (timer == nullptr) return -1;
  *value = setting_of(*timer);
  return 0;
}
