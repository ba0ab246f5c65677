#include <pthread.h>

#include <cerrno>

#include "runtime/cancellation.hpp"
#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/mutation.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/time_model.hpp"
#include "runtime/tokens.hpp"
#include "runtime/trace.hpp"

// A condition variable is wholly the model's: the real one is initialised and destroyed, nothing
// else. A wait reaches ThreadSanitizer as an unlock and a lock, a notify as nothing at all, which
// is just what they order.
namespace grader::runtime {
namespace {

// The two clocks that a condition can have been given are told apart by a bit that glibc keeps.
clockid_t clock_of(const pthread_cond_t* condition) {
  constexpr unsigned kMonotonicBit = 2;
  return (condition->__data.__wrefs & kMonotonicBit) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

struct Wait {
  Thread& self;
  Object& condition;
  Object& lock;
  pthread_mutex_t* mutex;
  std::uint64_t location;
};

// Gets the mutex back after a wait that did not end by a notify.
int lock_again(const Wait& wait) {
  Operation op = lock_operation(EventKind::lock, Guard::free_lock, wait.lock, wait.location);
  perform(wait.self, op);
  return lock_after_wait(wait.self, wait.mutex, wait.lock, wait.location);
}

// A cancellation is acted on with the mutex held, as POSIX has it.
int finish_wait(const Wait& wait, CandidateKind outcome) {
  const bool took_token = outcome == CandidateKind::step;
  end_wait(world(), wait.condition, wait.self, took_token);
  if (took_token) {
    object_changed(wait.condition);
    return lock_after_wait(wait.self, wait.mutex, wait.lock, wait.location);
  }
  const int error = lock_again(wait);
  if (error != 0) return error;
  if (outcome == CandidateKind::signal) act_on_cancellation(wait.self);
  return outcome == CandidateKind::timeout ? ETIMEDOUT : 0;
}

int wait_plainly(Thread& self, pthread_cond_t* condition, pthread_mutex_t* mutex,
                 std::int64_t deadline_ns, std::uint64_t location) {
  Object& object = object_at(ObjectKind::condition, condition, self);
  Object& lock = mutex_at(mutex, self);
  Operation begin = lock_operation(EventKind::wait_begin, Guard::open, object, location);
  begin.object_2 = &lock;
  begin.cancellable = true;
  perform(self, begin);
  if (lock.owner != &self) {
    report_misuse(self, lock, "waits on a condition without holding", location);
    if (lock.error_checking || lock.recursive || lock.owner == nullptr) return EPERM;
  }
  begin_wait(object, self);
  unlock_for_wait(self, mutex, lock);
  Operation op = lock_operation(EventKind::wait_end, Guard::token_lock, object, location);
  op.object_2 = &lock;
  op.deadline_ns = deadline_ns;
  op.cancellable = true;
  op.may_wake = world().header->options.spurious_wakeups != 0;
  const CandidateKind outcome = perform(self, op);
  return finish_wait({self, object, lock, mutex, location}, outcome);
}

// A mutant may have left out the lock that the wait gives back meanwhile: the wait itself is to be
// as it was, so it borrows the lock.
int wait_mutated(Thread& self, pthread_cond_t* condition, pthread_mutex_t* mutex,
                 std::int64_t deadline_ns, std::uint64_t location) {
  if (deadline_ns != kNoDeadline &&
      mutation_at(self, protocol::SyncCall::timed_wait) == protocol::MutationKind::wake_early) {
    return ETIMEDOUT;
  }
  if (!pretends_to_hold(self, mutex_at(mutex, self))) {
    return wait_plainly(self, condition, mutex, deadline_ns, location);
  }
  lock_mutex(self, mutex, kNoDeadline, location);
  const int result = wait_plainly(self, condition, mutex, deadline_ns, location);
  unlock_mutex(self, mutex, location);
  return result;
}

int wait_until(Thread& self, pthread_cond_t* condition, pthread_mutex_t* mutex,
               std::int64_t deadline_ns, std::uint64_t location) {
  if (is_mutating()) return wait_mutated(self, condition, mutex, deadline_ns, location);
  return wait_plainly(self, condition, mutex, deadline_ns, location);
}

void notify(Thread& self, pthread_cond_t* condition, EventKind kind, std::uint64_t location) {
  if (is_mutating()) {
    const auto call = kind == EventKind::notify_one ? protocol::SyncCall::notify_one
                                                    : protocol::SyncCall::notify_all;
    const protocol::MutationKind mutant = mutation_at(self, call);
    if (mutant == protocol::MutationKind::drop_notify) return;
    if (mutant == protocol::MutationKind::notify_one) kind = EventKind::notify_one;
  }
  Object& object = object_at(ObjectKind::condition, condition, self);
  Operation op = lock_operation(kind, Guard::open, object, location);
  perform(self, op);
  const std::uint32_t count = kind == EventKind::notify_one ? 1 : object.waiters;
  object.notify_location = location;
  object.notify_thread = self.id;
  object.notify_found_nobody = object.waiters == 0;
  object.notify_woke_one = kind == EventKind::notify_one && object.waiters > 1;
  if (add_tokens(world(), object, count) > 0) object_changed(object);
  object.notify_sequence = ++object.sequence;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_cond_wait)(condition, mutex);
  return wait_until(*self, condition, mutex, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                             const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_cond_timedwait)(condition, mutex, until);
  if (!is_valid(*until)) return EINVAL;
  return wait_until(*self, condition, mutex, deadline_of(clock_of(condition), until),
                    GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                                             clockid_t clock, const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_cond_clockwait)(condition, mutex, clock, until);
  if (!counts_for_waits(clock) || !is_valid(*until)) return EINVAL;
  return wait_until(*self, condition, mutex, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_cond_signal)(condition);
  notify(*self, condition, EventKind::notify_one, GRADER_CALLER);
  return 0;
}

GRADER_INTERPOSED int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_cond_broadcast)(condition);
  notify(*self, condition, EventKind::notify_all, GRADER_CALLER);
  return 0;
}

GRADER_INTERPOSED int pthread_cond_init(pthread_cond_t* condition,
                                        const pthread_condattr_t* attributes) noexcept {
  Thread* self = controlled();
  Object* old = self != nullptr ? find_object(ObjectKind::condition, condition) : nullptr;
  if (old != nullptr) forget_object(*old);
  return NEXT(pthread_cond_init)(condition, attributes);
}

GRADER_INTERPOSED int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::condition, condition) : nullptr;
  if (object == nullptr) return NEXT(pthread_cond_destroy)(condition);
  const std::uint64_t location = GRADER_CALLER;
  perform(*self, lock_operation(EventKind::object_destroy, Guard::open, *object, location));
  if (object->waiters > object->tokens.size()) {
    report_misuse(*self, *object, "destroys, while somebody waits on it,", location);
  }
  // A waiter that was notified is still on its way out, and may be until the condition is gone.
  if (object->waiters == 0) forget_object(*object);
  return NEXT(pthread_cond_destroy)(condition);
}
