#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/signal_descriptors.hpp"
#include "runtime/signals.hpp"
#include "runtime/streams.hpp"
#include "runtime/timers.hpp"
#include "runtime/trace.hpp"

// Reading, writing and closing. A call that would block waits in the model until the kernel says
// that it would not.
namespace grader::runtime {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

Operation operation_of(EventKind kind, std::uint64_t location) {
  Operation op;
  op.kind = kind;
  op.location = location;
  op.cancellable = true;
  return op;
}

void note(Thread& self, EventKind kind, std::int64_t value, Object& stream,
          std::uint64_t location) {
  record(self, kind, value, &stream, location);
  stream_changed(stream);
}

// A step at which a non-blocking descriptor is asked: it may answer that there is nothing.
void ask(Thread& self, Object& stream, EventKind kind, std::uint64_t location) {
  Operation op = operation_of(kind, location);
  op.object = &stream;
  op.recorded = false;
  op.undecided = true;
  perform(self, op);
}

// Ready to transfer: 0. Else -1, with errno set.
int await_transfer(Thread& self, int fd, Object& stream, bool reads, bool may_block,
                   std::uint64_t location) {
  const EventKind kind = reads ? EventKind::pipe_read : EventKind::pipe_write;
  if (!may_block || is_nonblocking(fd)) {
    ask(self, stream, kind, location);
    if (events_now(fd, reads ? POLLIN : POLLOUT) == 0) note_poll(self, location);
    return 0;
  }
  const short events = reads ? POLLIN : POLLOUT;
  const Operation op = operation_of(kind, location);
  return await_stream(self, fd, events, stream, op) == CandidateKind::signal ? fail(EINTR) : 0;
}

template <typename Transfer>
ssize_t read_controlled(Thread& self, int fd, bool may_block, std::uint64_t location,
                        Transfer transfer) {
  Object* stream = stream_of(fd, self);
  if (stream == nullptr) return transfer();
  if (await_transfer(self, fd, *stream, true, may_block, location) != 0) return -1;
  const ssize_t n = transfer();
  const int error = errno;
  if (n >= 0) note(self, EventKind::pipe_read, n, *stream, location);
  errno = error;
  come_back_from_kernel(self);
  return n;
}

// A large write goes through in parts, as the readers make room; each part fits what poll promises.
constexpr std::size_t kPartSize = 4096;

template <typename Transfer>
ssize_t write_parts(Thread& self, int fd, Object& stream, bool may_block, const char* data,
                    std::size_t size, std::uint64_t location, Transfer transfer) {
  std::size_t done = 0;
  const bool parts = may_block && !is_nonblocking(fd);
  do {
    if (await_transfer(self, fd, stream, false, parts, location) != 0) {
      return done > 0 ? static_cast<ssize_t>(done) : -1;
    }
    const std::size_t left = size - done;
    const std::size_t part = parts && left > kPartSize ? kPartSize : left;
    const ssize_t n =
        transfer_with_modelled_sigpipe(self, [&] { return transfer(data + done, part); });
    const int error = errno;
    if (n >= 0) note(self, EventKind::pipe_write, n, stream, location);
    errno = error;
    if (n < 0) return done > 0 ? static_cast<ssize_t>(done) : -1;
    done += static_cast<std::size_t>(n);
    if (!parts) break;
  } while (done < size);
  come_back_from_kernel(self);
  return static_cast<ssize_t>(done);
}

ssize_t write_to_file(Thread& self, int fd, const void* data, std::size_t size,
                      std::uint64_t location) {
  Operation op;
  op.kind = EventKind::output;
  op.cancellable = true;
  op.location = location;
  op.recorded = false;
  perform(self, op);
  return NEXT(write)(fd, data, size);
}

// Before `fd` is closed: its stream changes once it is.
template <typename Close>
int close_controlled(Thread& self, int fd, bool cancellable, std::uint64_t location,
                     Close close_really) {
  Object* stream = fd >= 0 ? stream_of(fd, self) : nullptr;
  if (stream == nullptr && fd >= 0) stream = locked_file(fd, nullptr);
  if (stream == nullptr) return close_really();
  Operation op;
  op.kind = EventKind::descriptor_close;
  op.cancellable = cancellable;
  op.object = stream;
  op.location = location;
  op.value = fd;
  perform(self, op);
  const int result = close_really();
  const int error = errno;
  stream_changed(*stream);
  errno = error;
  return result;
}

}  // namespace

ssize_t write_stream(Thread& self, int fd, const char* data, std::size_t size,
                     std::uint64_t location) {
  Object* stream = stream_of(fd, self);
  std::size_t done = 0;
  while (stream != nullptr && done < size) {
    const ssize_t n =
        write_parts(self, fd, *stream, true, data + done, size - done, location,
                    [fd](const char* at, std::size_t part) { return NEXT(write)(fd, at, part); });
    if (n < 0) return -1;
    done += static_cast<std::size_t>(n);
  }
  return stream != nullptr ? static_cast<ssize_t>(done) : -1;
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED ssize_t read(int fd, void* data, std::size_t size) {
  Thread* self = controlled();
  if (self == nullptr || size == 0) return NEXT(read)(fd, data, size);
  const std::uint64_t location = GRADER_CALLER;
  const SignalDescriptor* signals = signals_behind(*self, fd);
  while (signals != nullptr) {
    const ssize_t n = read_controlled(
        *self, fd, true, location, [&] { return read_signals(*self, *signals, fd, data, size); });
    if (n >= 0 || errno != EAGAIN || is_nonblocking(fd)) return n;
  }
  Timer* timer = timer_behind(fd);
  return read_controlled(*self, fd, true, location, [&]() -> ssize_t {
    return timer != nullptr ? read_expirations(*timer, fd, data, size) : NEXT(read)(fd, data, size);
  });
}

GRADER_INTERPOSED ssize_t readv(int fd, const iovec* parts, int count) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(readv)(fd, parts, count);
  return read_controlled(*self, fd, true, GRADER_CALLER,
                         [&] { return NEXT(readv)(fd, parts, count); });
}

GRADER_INTERPOSED ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(recv)(fd, data, size, flags);
  const std::uint64_t location = GRADER_CALLER;
  const bool all = (flags & MSG_WAITALL) != 0 && stream_of(fd, *self) != nullptr;
  if (all) flags &= ~MSG_WAITALL;  // the waiting is ours
  auto* at = static_cast<char*>(data);
  ssize_t done = 0;
  for (;;) {
    const std::size_t left = size - static_cast<std::size_t>(done);
    const ssize_t n = read_controlled(*self, fd, (flags & MSG_DONTWAIT) == 0, location,
                                      [&] { return NEXT(recv)(fd, at + done, left, flags); });
    if (n < 0) return done > 0 ? done : n;
    done += n;
    if (n == 0 || !all || static_cast<std::size_t>(done) == size) return done;
  }
}

GRADER_INTERPOSED ssize_t recvmsg(int fd, msghdr* message, int flags) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(recvmsg)(fd, message, flags);
  if ((flags & MSG_WAITALL) != 0) {
    report_unsupported(*self, "recvmsg", "with MSG_WAITALL it waits where nobody sees it",
                       GRADER_CALLER);
  }
  return read_controlled(*self, fd, (flags & MSG_DONTWAIT) == 0, GRADER_CALLER,
                         [&] { return NEXT(recvmsg)(fd, message, flags); });
}

GRADER_INTERPOSED ssize_t write(int fd, const void* data, std::size_t size) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(write)(fd, data, size);
  const std::uint64_t location = GRADER_CALLER;
  const auto* bytes = static_cast<const char*>(data);
  if (fd == 1 || fd == 2) record_text(*self, EventKind::output, fd, bytes, size);
  Object* stream = stream_of(fd, *self);
  if (stream == nullptr) return write_to_file(*self, fd, data, size, location);
  return write_parts(*self, fd, *stream, true, bytes, size, location,
                     [fd](const char* at, std::size_t n) { return NEXT(write)(fd, at, n); });
}

GRADER_INTERPOSED ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  Thread* self = controlled();
  Object* stream = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (stream == nullptr) return NEXT(send)(fd, data, size, flags);
  return write_parts(
      *self, fd, *stream, (flags & MSG_DONTWAIT) == 0, static_cast<const char*>(data), size,
      GRADER_CALLER,
      [fd, flags](const char* at, std::size_t n) { return NEXT(send)(fd, at, n, flags); });
}

GRADER_INTERPOSED ssize_t writev(int fd, const iovec* parts, int count) {
  Thread* self = controlled();
  Object* stream = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (stream == nullptr) return NEXT(writev)(fd, parts, count);
  const std::uint64_t location = GRADER_CALLER;
  if (await_transfer(*self, fd, *stream, false, true, location) != 0) return -1;
  const ssize_t n =
      transfer_with_modelled_sigpipe(*self, [&] { return NEXT(writev)(fd, parts, count); });
  const int error = errno;
  if (n >= 0) note(*self, EventKind::pipe_write, n, *stream, location);
  errno = error;
  return n;
}

GRADER_INTERPOSED int close(int fd) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(close)(fd);
  return close_controlled(*self, fd, true, GRADER_CALLER, [fd] { return NEXT(close)(fd); });
}

GRADER_INTERPOSED int shutdown(int fd, int how) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(shutdown)(fd, how);
  return close_controlled(*self, fd, false, GRADER_CALLER, [&] { return NEXT(shutdown)(fd, how); });
}

GRADER_INTERPOSED int dup2(int from, int to) noexcept {
  Thread* self = controlled();
  if (self == nullptr || from == to) return NEXT(dup2)(from, to);
  return close_controlled(*self, to, false, GRADER_CALLER, [&] { return NEXT(dup2)(from, to); });
}

GRADER_INTERPOSED int dup3(int from, int to, int flags) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(dup3)(from, to, flags);
  return close_controlled(*self, to, false, GRADER_CALLER,
                          [&] { return NEXT(dup3)(from, to, flags); });
}

namespace {

int note_pipe(int result, const int* ends, std::uint64_t location) {
  Thread* self = controlled();
  if (result != 0 || self == nullptr) return result;
  Object* stream = stream_of(ends[0], *self);
  if (stream != nullptr) record(*self, EventKind::pipe_create, 0, stream, location);
  return result;
}

}  // namespace

GRADER_INTERPOSED int pipe(int* ends) noexcept {
  return note_pipe(NEXT(pipe)(ends), ends, controlled() != nullptr ? GRADER_CALLER : 0);
}
GRADER_INTERPOSED int pipe2(int* ends, int flags) noexcept {
  return note_pipe(NEXT(pipe2)(ends, flags), ends, controlled() != nullptr ? GRADER_CALLER : 0);
}
