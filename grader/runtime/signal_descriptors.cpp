#include "runtime/signal_descriptors.hpp"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/stand_in.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// signalfd. Signals are the model's, so what the kernel would make readable stands in for it.
namespace grader::runtime {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

std::uint64_t pending_for(const Thread& self, const SignalDescriptor& descriptor) {
  return (process_of(self).signals_pending | self.signals_pending) & descriptor.mask;
}

// A descriptor that the process inherited is the same FIFO.
bool may_be_read_by(const SignalDescriptor& descriptor, const Process& process) {
  return descriptor.process == process.id || descriptor.process == process.parent;
}

signalfd_siginfo take(Thread& self, int signal) {
  Process& process = process_of(self);
  process.signals_pending &= ~signal_bit(signal);
  self.signals_pending &= ~signal_bit(signal);
  if (signal == SIGCHLD) take_kept(signal);
  record(self, EventKind::signal_delivered, signal, nullptr, self.location);
  signalfd_siginfo info{};
  const SignalOrigin& origin = process.origins[signal - 1];
  info.ssi_signo = static_cast<std::uint32_t>(signal);
  info.ssi_code = origin.code;
  info.ssi_pid = static_cast<std::uint32_t>(origin.process);
  if (signal == SIGCHLD) {
    info.ssi_status = static_cast<std::int32_t>(origin.value);
  } else {
    info.ssi_int = static_cast<std::int32_t>(origin.value);
    info.ssi_ptr = static_cast<std::uint64_t>(origin.value);
  }
  return info;
}

void set_mask(Thread& self, SignalDescriptor& descriptor, std::uint64_t mask) {
  descriptor.mask = mask & ~kNeverBlocked;
  if (pending_for(self, descriptor) == 0) return;
  fill_stand_in(*world().processes[descriptor.process - 1], descriptor.descriptor,
                *descriptor.stream);
}

int make_descriptor(Thread& self, std::uint64_t mask, int flags) {
  const int fd = make_stand_in(flags);
  if (fd < 0) return fd;
  World& w = world();
  auto* descriptor = w.arena.make<SignalDescriptor>();
  descriptor->stream = stream_of(fd, self);
  descriptor->process = self.process;
  descriptor->descriptor = fd;
  w.signal_descriptors.push_back(w.arena, descriptor);
  set_mask(self, *descriptor, mask);
  return fd;
}

}  // namespace

SignalDescriptor* signals_behind(const Thread& self, int fd) {
  if (world().signal_descriptors.empty()) return nullptr;
  const Object* stream = stream_of(fd, self);
  if (stream == nullptr) return nullptr;
  for (SignalDescriptor* descriptor : world().signal_descriptors) {
    if (descriptor->stream == stream) return descriptor;
  }
  return nullptr;
}

void tell_signal_descriptors(const Process& process, int signal) {
  World& w = world();
  for (const SignalDescriptor* d : w.signal_descriptors) {
    if ((d->mask & signal_bit(signal)) == 0 || !may_be_read_by(*d, process)) continue;
    fill_stand_in(*w.processes[d->process - 1], d->descriptor, *d->stream);
  }
}

ssize_t read_signals(Thread& self, const SignalDescriptor& descriptor, int fd, void* data,
                     std::size_t size) {
  if (size < sizeof(signalfd_siginfo)) return fail(EINVAL);
  std::size_t done = 0;
  auto* at = static_cast<char*>(data);
  while (done + sizeof(signalfd_siginfo) <= size && pending_for(self, descriptor) != 0) {
    const signalfd_siginfo info = take(self, __builtin_ctzll(pending_for(self, descriptor)) + 1);
    std::memcpy(at + done, &info, sizeof info);
    done += sizeof info;
  }
  if (pending_for(self, descriptor) == 0) empty_stand_in(fd);
  return done > 0 ? static_cast<ssize_t>(done) : fail(EAGAIN);
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int signalfd(int fd, const sigset_t* mask, int flags) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(signalfd)(fd, mask, flags);
  if ((flags & ~(SFD_NONBLOCK | SFD_CLOEXEC)) != 0) return fail(EINVAL);
  std::uint64_t bits = 0;
  std::memcpy(&bits, mask, sizeof bits);
  if (fd == -1) return make_descriptor(*self, bits, flags);
  SignalDescriptor* descriptor = signals_behind(*self, fd);
  if (descriptor == nullptr) return fail(NEXT(fcntl)(fd, F_GETFD) < 0 ? EBADF : EINVAL);
  set_mask(*self, *descriptor, bits);
  return fd;
}
