#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include <cerrno>
#include <cstring>

#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/streams.hpp"
#include "runtime/time_model.hpp"

// poll, select and epoll: asked again whenever anything happened to any stream, or a process ended.
namespace grader::runtime {
namespace {

int fail(int error) {
  errno = error;
  return -1;
}

// A signal that comes after the caller's last look at its flags and before the wait does not end
// the wait, unless the call itself lets it in, which only those that set a mask do.
enum class SetsMask : bool { no, yes };

// `look` asks without waiting: the number of descriptors that are ready, or -1.
template <typename Look>
int await_any(Thread& self, std::int64_t deadline_ns, SetsMask sets_mask, std::uint64_t location,
              Look look) {
  Object& streams = any_stream();
  Operation op;
  op.kind = EventKind::descriptor_wait;
  op.object = &streams;
  op.location = location;
  op.recorded = false;
  op.interruptible = sets_mask == SetsMask::yes;
  op.never_restarts = true;
  op.cancellable = true;
  op.undecided = deadline_ns == 0;
  for (;;) {
    const CandidateKind outcome = perform(self, op);
    if (outcome == CandidateKind::signal) return fail(EINTR);
    const int ready = look();
    if (ready == 0 && deadline_ns == 0) note_poll(self, location);
    if (ready != 0 && deadline_ns == 0) self.spins = 0;
    if (ready != 0 || deadline_ns == 0 || outcome == CandidateKind::timeout) {
      if (sets_mask == SetsMask::no) come_back_from_kernel(self);
      return ready;
    }
    self.seen = streams.generation;
    op.interruptible = true;
    op.guard = Guard::changed;
    op.deadline_ns = deadline_ns;
  }
}

std::int64_t deadline_of_ms(int timeout_ms) {
  if (timeout_ms < 0) return kNoDeadline;
  return timeout_ms == 0 ? 0 : deadline_after(timeout_ms * 1'000'000LL);
}

bool is_invalid(const timespec* span) {
  return span != nullptr && (span->tv_sec < 0 || !is_valid(*span));
}

std::int64_t deadline_of_span(const timespec* span) {
  if (span == nullptr) return kNoDeadline;
  const std::int64_t ns = span_of(*span);
  return ns == 0 ? 0 : deadline_after(ns);
}

struct Sets {
  int count;
  fd_set* sets[3];

  [[nodiscard]] int look() {
    fd_set found[3];
    for (int i = 0; i < 3; ++i) {
      if (sets[i] != nullptr) found[i] = *sets[i];
    }
    timeval now{0, 0};
    const auto part = [&](int i) { return sets[i] != nullptr ? &found[i] : nullptr; };
    const int ready = NEXT(select)(count, part(0), part(1), part(2), &now);
    if (ready != 0) keep(found);
    return ready;
  }
  void keep(const fd_set* found) {
    for (int i = 0; i < 3; ++i) {
      if (sets[i] != nullptr) *sets[i] = found[i];
    }
  }
  void clear() {
    for (fd_set* set : sets) {
      if (set != nullptr) FD_ZERO(set);
    }
  }
};

int select_controlled(Thread& self, Sets sets, std::int64_t deadline_ns, SetsMask sets_mask,
                      std::uint64_t location) {
  const int ready = await_any(self, deadline_ns, sets_mask, location, [&] { return sets.look(); });
  if (ready == 0) sets.clear();
  return ready;
}

// The mask that pselect and ppoll set while they wait.
class WaitMask {
 public:
  WaitMask(Thread& self, const sigset_t* mask)
      : self_(self), own_(self.signal_mask), sets_(mask != nullptr) {
    if (mask != nullptr) std::memcpy(&self.signal_mask, mask, sizeof self.signal_mask);
  }
  ~WaitMask() { self_.signal_mask = own_; }
  [[nodiscard]] SetsMask sets() const { return sets_ ? SetsMask::yes : SetsMask::no; }
  WaitMask(const WaitMask&) = delete;
  WaitMask& operator=(const WaitMask&) = delete;

 private:
  Thread& self_;
  std::uint64_t own_;
  bool sets_;
};

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int poll(pollfd* fds, nfds_t count, int timeout_ms) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(poll)(fds, count, timeout_ms);
  return await_any(*self, deadline_of_ms(timeout_ms), SetsMask::no, GRADER_CALLER,
                   [&] { return NEXT(poll)(fds, count, 0); });
}

GRADER_INTERPOSED int ppoll(pollfd* fds, nfds_t count, const timespec* span, const sigset_t* mask) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(ppoll)(fds, count, span, mask);
  if (is_invalid(span)) return fail(EINVAL);
  const WaitMask scope(*self, mask);
  return await_any(*self, deadline_of_span(span), scope.sets(), GRADER_CALLER,
                   [&] { return NEXT(poll)(fds, count, 0); });
}

GRADER_INTERPOSED int select(int count, fd_set* reads, fd_set* writes, fd_set* errors,
                             timeval* span) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(select)(count, reads, writes, errors, span);
  std::int64_t deadline = kNoDeadline;
  if (span != nullptr) {
    if (span->tv_sec < 0 || span->tv_usec < 0) return fail(EINVAL);
    // Microseconds beyond a second carry over, as in the kernel.
    const timespec t{span->tv_sec + span->tv_usec / 1'000'000, span->tv_usec % 1'000'000 * 1000};
    deadline = deadline_of_span(&t);
  }
  return select_controlled(*self, {count, {reads, writes, errors}}, deadline, SetsMask::no,
                           GRADER_CALLER);
}

GRADER_INTERPOSED int pselect(int count, fd_set* reads, fd_set* writes, fd_set* errors,
                              const timespec* span, const sigset_t* mask) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pselect)(count, reads, writes, errors, span, mask);
  if (is_invalid(span)) return fail(EINVAL);
  const WaitMask scope(*self, mask);
  return select_controlled(*self, {count, {reads, writes, errors}}, deadline_of_span(span),
                           scope.sets(), GRADER_CALLER);
}

GRADER_INTERPOSED int epoll_wait(int epoll, epoll_event* events, int count, int timeout_ms) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(epoll_wait)(epoll, events, count, timeout_ms);
  return await_any(*self, deadline_of_ms(timeout_ms), SetsMask::no, GRADER_CALLER,
                   [&] { return NEXT(epoll_wait)(epoll, events, count, 0); });
}

GRADER_INTERPOSED int epoll_pwait(int epoll, epoll_event* events, int count, int timeout_ms,
                                  const sigset_t* mask) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(epoll_pwait)(epoll, events, count, timeout_ms, mask);
  const WaitMask scope(*self, mask);
  return await_any(*self, deadline_of_ms(timeout_ms), scope.sets(), GRADER_CALLER,
                   [&] { return NEXT(epoll_wait)(epoll, events, count, 0); });
}

GRADER_INTERPOSED int epoll_pwait2(int epoll, epoll_event* events, int count, const timespec* span,
                                   const sigset_t* mask) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(epoll_pwait2)(epoll, events, count, span, mask);
  if (is_invalid(span)) return fail(EINVAL);
  const WaitMask scope(*self, mask);
  return await_any(*self, deadline_of_span(span), scope.sets(), GRADER_CALLER,
                   [&] { return NEXT(epoll_wait)(epoll, events, count, 0); });
}
