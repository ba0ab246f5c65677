#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/mutation.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/start_up.hpp"
#include "runtime/time_model.hpp"
#include "runtime/tokens.hpp"

// The futex system call as libstdc++ makes it: for std::atomic::wait, latch, barrier,
// counting_semaphore, future.
namespace grader::runtime {
namespace {

long fail(int error) {
  errno = error;
  return -1;
}

long wait_on_word(Thread& self, const std::uint32_t* word, std::uint32_t expected,
                  std::int64_t deadline_ns, std::uint64_t location) {
  Object& object = object_at(ObjectKind::futex, word, self);
  Operation look = lock_operation(EventKind::futex_wait, Guard::open, object, location);
  perform(self, look);
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != expected) return fail(EAGAIN);
  begin_wait(object, self);
  Operation op = lock_operation(EventKind::wait_end, Guard::token, object, location);
  op.deadline_ns = deadline_ns;
  op.may_wake = world().header->options.spurious_wakeups != 0;
  const CandidateKind outcome = perform(self, op);
  end_wait(world(), object, self, outcome == CandidateKind::step);
  object_changed(object);
  return outcome == CandidateKind::timeout ? fail(ETIMEDOUT) : 0;
}

long wake_word(Thread& self, const std::uint32_t* word, std::uint32_t count,
               std::uint64_t location) {
  if (is_mutating()) {
    const auto call = count == 1 ? protocol::SyncCall::notify_one : protocol::SyncCall::notify_all;
    const protocol::MutationKind mutant = mutation_at(self, call);
    if (mutant == protocol::MutationKind::drop_notify) return 0;
    if (mutant == protocol::MutationKind::notify_one) count = 1;
  }
  Object& object = object_at(ObjectKind::futex, word, self);
  perform(self, lock_operation(EventKind::futex_wake, Guard::open, object, location));
  const std::uint32_t woken = add_tokens(world(), object, count);
  if (woken > 0) object_changed(object);
  return woken;
}

std::int64_t futex_deadline(int operation, const timespec* time) {
  if (time == nullptr) return kNoDeadline;
  const int command = operation & FUTEX_CMD_MASK;
  if (command == FUTEX_WAIT) return deadline_after(span_of(*time));
  const bool realtime = (operation & FUTEX_CLOCK_REALTIME) != 0;
  return deadline_of(realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
}

}  // namespace

long futex_controlled(Thread& self, const std::uint32_t* word, int operation, std::uint32_t value,
                      const timespec* time, std::uint64_t location) {
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      if (time != nullptr && !is_valid(*time)) return fail(EINVAL);
      return wait_on_word(self, word, value, futex_deadline(operation, time), location);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return wake_word(self, word, value, location);
    default:
      report_unsupported(self, "futex", "a futex operation other than wait and wake", location);
      return fail(ENOSYS);
  }
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  Thread* self = controlled();
  if (self != nullptr && number == SYS_futex) {
    return futex_controlled(*self, reinterpret_cast<const std::uint32_t*>(a[0]),
                            static_cast<int>(a[1]), static_cast<std::uint32_t>(a[2]),
                            reinterpret_cast<const timespec*>(a[3]), GRADER_CALLER);
  }
  if (self != nullptr && number == SYS_exit_group) {
    end_process(*self, static_cast<int>(a[0]), true);
  }
  if (self != nullptr && number == SYS_sched_yield) return sched_yield();
  return NEXT(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
