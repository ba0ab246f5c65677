#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/signals.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// Sockets: accept and connect, and the sending and receiving with addresses; eventfd.
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

// Waits until `fd` shows one of `events`, unless it was not to be waited for. False: errno is set.
bool await_ready(Thread& self, int fd, short events, Object& socket, bool waits, Operation op) {
  if (waits && !is_nonblocking(fd)) {
    if (await_stream(self, fd, events, socket, op) != CandidateKind::signal) return true;
    errno = EINTR;
    return false;
  }
  op.object = &socket;
  op.recorded = false;
  op.undecided = true;
  perform(self, op);
  return true;
}

template <typename Transfer>
ssize_t transfer_controlled(Thread& self, int fd, Object& socket, bool receives, int flags,
                            std::uint64_t location, Transfer transfer) {
  const EventKind kind = receives ? EventKind::pipe_read : EventKind::pipe_write;
  const bool waits = (flags & MSG_DONTWAIT) == 0;
  const short events = receives ? POLLIN : POLLOUT;
  if (!await_ready(self, fd, events, socket, waits, operation_of(kind, location))) return -1;
  const ssize_t n = transfer_with_modelled_sigpipe(self, transfer);
  const int error = errno;
  if (n >= 0) {
    record(self, kind, n, &socket, location);
    stream_changed(socket);
  }
  errno = error;
  return n;
}

template <typename Accept>
int accept_controlled(int fd, std::uint64_t location, Accept accept_really) {
  Thread* self = controlled();
  Object* socket = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (socket == nullptr) return accept_really();
  const Operation op = operation_of(EventKind::descriptor_open, location);
  if (!await_ready(*self, fd, POLLIN, *socket, true, op)) return -1;
  const int accepted = accept_really();
  const int error = errno;
  if (accepted >= 0) {
    record(*self, EventKind::descriptor_open, 0, socket, location);
    stream_changed(*socket);  // there is room for who waits in connect
  }
  errno = error;
  return accepted;
}

// Never waits: says EAGAIN when a local server has as many waiting as it wanted.
int try_connect(int fd, const sockaddr* address, socklen_t size) {
  const int flags = NEXT(fcntl)(fd, F_GETFL);
  const bool is_local = address != nullptr && size >= sizeof address->sa_family &&
                        address->sa_family == AF_UNIX && (flags & O_NONBLOCK) == 0;
  if (is_local) NEXT(fcntl)(fd, F_SETFL, flags | O_NONBLOCK);
  const int result = NEXT(connect)(fd, address, size);
  const int error = errno;
  if (is_local) NEXT(fcntl)(fd, F_SETFL, flags);
  errno = error;
  return result;
}

int connect_controlled(Thread& self, int fd, Object& socket, const sockaddr* address,
                       socklen_t size, std::uint64_t location) {
  Operation op = operation_of(EventKind::descriptor_open, location);
  op.object = &socket;
  op.recorded = false;
  op.interruptible = true;
  const bool waits = !is_nonblocking(fd);
  for (;;) {
    if (perform(self, op) == CandidateKind::signal) return fail(EINTR);
    const int result = try_connect(fd, address, size);
    const int error = errno;
    if (result == 0) {
      record(self, EventKind::descriptor_open, 1, &socket, location);
      stream_changed(socket);
    }
    errno = error;
    if (result == 0 || error != EAGAIN || !waits) return result;
    self.seen = socket.generation;
    op.guard = Guard::changed;
  }
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int accept(int fd, sockaddr* address, socklen_t* size) {
  return accept_controlled(fd, controlled() != nullptr ? GRADER_CALLER : 0,
                           [&] { return NEXT(accept)(fd, address, size); });
}

GRADER_INTERPOSED int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  return accept_controlled(fd, controlled() != nullptr ? GRADER_CALLER : 0,
                           [&] { return NEXT(accept4)(fd, address, size, flags); });
}

GRADER_INTERPOSED int connect(int fd, const sockaddr* address, socklen_t size) {
  Thread* self = controlled();
  Object* socket = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (socket == nullptr) return NEXT(connect)(fd, address, size);
  return connect_controlled(*self, fd, *socket, address, size, GRADER_CALLER);
}

GRADER_INTERPOSED ssize_t recvfrom(int fd, void* data, std::size_t size, int flags, sockaddr* from,
                                   socklen_t* from_size) {
  Thread* self = controlled();
  Object* socket = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (socket == nullptr) return NEXT(recvfrom)(fd, data, size, flags, from, from_size);
  if (from == nullptr) return recv(fd, data, size, flags);
  return transfer_controlled(*self, fd, *socket, true, flags, GRADER_CALLER, [&] {
    return NEXT(recvfrom)(fd, data, size, flags, from, from_size);
  });
}

GRADER_INTERPOSED ssize_t sendto(int fd, const void* data, std::size_t size, int flags,
                                 const sockaddr* to, socklen_t to_size) {
  Thread* self = controlled();
  Object* socket = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (socket == nullptr) return NEXT(sendto)(fd, data, size, flags, to, to_size);
  return transfer_controlled(*self, fd, *socket, false, flags, GRADER_CALLER,
                             [&] { return NEXT(sendto)(fd, data, size, flags, to, to_size); });
}

GRADER_INTERPOSED ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  Thread* self = controlled();
  Object* socket = self != nullptr ? stream_of(fd, *self) : nullptr;
  if (socket == nullptr) return NEXT(sendmsg)(fd, message, flags);
  return transfer_controlled(*self, fd, *socket, false, flags, GRADER_CALLER,
                             [&] { return NEXT(sendmsg)(fd, message, flags); });
}

// The C library makes these of calls to itself.
extern "C" int eventfd_read(int fd, std::uint64_t* value);
extern "C" int eventfd_write(int fd, std::uint64_t value);
GRADER_INTERPOSED int eventfd_read(int fd, std::uint64_t* value) {
  if (controlled() == nullptr) return NEXT(eventfd_read)(fd, value);
  return read(fd, value, sizeof *value) == static_cast<ssize_t>(sizeof *value) ? 0 : -1;
}
GRADER_INTERPOSED int eventfd_write(int fd, std::uint64_t value) {
  if (controlled() == nullptr) return NEXT(eventfd_write)(fd, value);
  return write(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value) ? 0 : -1;
}
