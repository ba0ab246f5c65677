#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/stand_in.hpp"
#include "runtime/streams.hpp"
#include "runtime/time_model.hpp"
#include "runtime/timers.hpp"

// timerfd. The descriptor is really a stand-in, readable from the moment that the timer rings until
// it is read.
namespace grader::runtime {
namespace {

constexpr std::size_t kCountSize = 8;

int fail(int error) {
  errno = error;
  return -1;
}

bool is_open(int fd) { return raw_syscall(SYS_fcntl, fd, F_GETFD) >= 0; }

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
  return fill_stand_in(*world().processes[timer.process - 1], timer.descriptor, *timer.expired);
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
  const int fd = make_stand_in(flags);
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
  empty_stand_in(fd);
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
