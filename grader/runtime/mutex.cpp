#include <pthread.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/mutation.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/time_model.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

using protocol::MutationKind;

bool is_free_for(const Object& lock, const Thread& self) {
  return lock.owner == nullptr || (lock.owner == &self && lock.recursive);
}

// The real lock is free whenever the model's is, so this never waits but for the kernel to notice
// the end of a robust mutex's owner.
int take_really(Thread& self, pthread_mutex_t* mutex, Object& lock, std::uint64_t location) {
  const int error = NEXT(pthread_mutex_lock)(mutex);
  if (error == 0 || error == EOWNERDEAD) {
    lock.owner_died = false;
    take(self, lock, location);
  }
  return error;
}

}  // namespace

int lock_mutex(Thread& self, pthread_mutex_t* mutex, std::int64_t deadline_ns,
               std::uint64_t location) {
  Object& lock = mutex_at(mutex, self);
  if (lock.owner == &self && lock.error_checking) return EDEADLK;
  const Guard guard = lock.owner == &self && lock.recursive ? Guard::open : Guard::free_lock;
  Operation op = lock_operation(EventKind::lock, guard, lock, location);
  // What is the caller's own already does not time out.
  if (guard != Guard::open) op.deadline_ns = deadline_ns;
  if (perform(self, op) == CandidateKind::timeout) return ETIMEDOUT;
  return take_really(self, mutex, lock, location);
}

namespace {

int lock_until(Thread& self, pthread_mutex_t* mutex, std::int64_t deadline_ns,
               std::uint64_t location) {
  if (is_mutating()) return lock_mutated(self, mutex, deadline_ns, location);
  return lock_mutex(self, mutex, deadline_ns, location);
}

int try_lock(Thread& self, pthread_mutex_t* mutex, std::uint64_t location) {
  Object& lock = mutex_at(mutex, self);
  if (is_mutating() && mutation_at(self, protocol::SyncCall::lock) != MutationKind::none) {
    pretend_to_hold(self, lock);
    return 0;
  }
  Operation op = lock_operation(EventKind::lock, Guard::open, lock, location);
  op.recorded = false;
  op.undecided = true;
  op.may_fail =
      local.cpp_library && !lock.posix && lock.owner != &self && may_be_contended(lock, self);
  const CandidateKind chosen = perform(self, op);
  if (chosen == CandidateKind::try_failure || !is_free_for(lock, self)) {
    record(self, EventKind::lock_failed, EBUSY, &lock, location);
    note_poll(self, location);
    return EBUSY;
  }
  self.spins = 0;
  const int error = take_really(self, mutex, lock, location);
  record(self, error == 0 ? EventKind::lock : EventKind::lock_failed, error, &lock, location);
  return error;
}

// What is wrong with `self` unlocking: null when nothing is.
const char* unlock_mistake(const Object& lock, const Thread& self) {
  if (lock.owner == &self || lock.error_checking || lock.recursive || lock.robust) return nullptr;
  if (lock.owner == nullptr) return "unlocks, though it is not locked,";
  return "unlocks, though it does not hold it,";
}

}  // namespace

int unlock_mutex(Thread& self, pthread_mutex_t* mutex, std::uint64_t location) {
  Object& lock = mutex_at(mutex, self);
  perform(self, lock_operation(EventKind::unlock, Guard::open, lock, location));
  const char* mistake = unlock_mistake(lock, self);
  if (mistake != nullptr) report_misuse(self, lock, mistake, location);
  if (lock.owner == nullptr && mistake != nullptr) return 0;
  if (lock.owner == &self || mistake != nullptr) give_back(lock);
  return NEXT(pthread_mutex_unlock)(mutex);
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_mutex_lock)(mutex);
  return lock_until(*self, mutex, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_mutex_trylock)(mutex);
  return try_lock(*self, mutex, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                              const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_mutex_timedlock)(mutex, until);
  if (!is_valid(*until)) return EINVAL;
  return lock_until(*self, mutex, deadline_of(CLOCK_REALTIME, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                              const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_mutex_clocklock)(mutex, clock, until);
  if (!counts_for_waits(clock) || !is_valid(*until)) return EINVAL;
  return lock_until(*self, mutex, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_mutex_unlock)(mutex);
  if (is_mutating() && end_pretence(*self, mutex_at(mutex, *self))) return 0;
  return unlock_mutex(*self, mutex, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_mutex_init(pthread_mutex_t* mutex,
                                         const pthread_mutexattr_t* attributes) noexcept {
  Thread* self = controlled();
  Object* old = self != nullptr ? find_object(ObjectKind::mutex, mutex) : nullptr;
  if (old != nullptr) {
    if (old->owner != nullptr) old->owner->held.remove(old);
    forget_object(*old);
  }
  const int error = NEXT(pthread_mutex_init)(mutex, attributes);
  // libstdc++'s mutexes are initialised statically: who calls this uses POSIX directly.
  if (self != nullptr && error == 0) mutex_at(mutex, *self).posix = true;
  return error;
}

GRADER_INTERPOSED int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  Thread* self = controlled();
  Object* lock = self != nullptr ? find_object(ObjectKind::mutex, mutex) : nullptr;
  if (lock == nullptr) return NEXT(pthread_mutex_destroy)(mutex);
  const std::uint64_t location = GRADER_CALLER;
  perform(*self, lock_operation(EventKind::object_destroy, Guard::open, *lock, location));
  if (lock->owner != nullptr) {
    report_misuse(*self, *lock, "destroys, while it is locked,", location);
    return EBUSY;
  }
  if (!lock->pending.empty()) {
    report_misuse(*self, *lock, "destroys, while another thread is about to lock it,", location);
  }
  forget_object(*lock);
  return NEXT(pthread_mutex_destroy)(mutex);
}
