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

// Whether a reader or a writer goes first is the strategy's choice, so both preferences show.
namespace grader::runtime {
namespace {

// Memory that was used again for a new lock without pthread_rwlock_init: locked for the model,
// untouched for real.
bool is_another_one(const Object& lock, const pthread_rwlock_t* real) {
  const bool held = lock.owner != nullptr || !lock.readers.empty();
  return held && real->__data.__readers == 0 && real->__data.__cur_writer == 0;
}

void drop_holders(Object& lock) {
  if (lock.owner != nullptr) lock.owner->held.remove(&lock);
  for (const Hold& hold : lock.readers) hold.thread->held.remove(&lock);
  reset_object(lock);
}

Object& rwlock_at(pthread_rwlock_t* real, const Thread& user) {
  Object& lock = object_at(ObjectKind::rwlock, real, user);
  if (is_another_one(lock, real)) {
    drop_holders(lock);
    object_changed(lock);
  }
  return lock;
}

int take_for_reading(Thread& self, pthread_rwlock_t* real, Object& lock, std::uint64_t location) {
  const int error = NEXT(pthread_rwlock_rdlock)(real);
  if (error == 0) take_shared(self, lock, location);
  return error;
}

int take_for_writing(Thread& self, pthread_rwlock_t* real, Object& lock, std::uint64_t location) {
  const int error = NEXT(pthread_rwlock_wrlock)(real);
  if (error == 0) take(self, lock, location);
  return error;
}

// Mutants: a lock that does not happen.
bool is_dropped(Thread& self, Object& lock) {
  const protocol::MutationKind kind = mutation_at(self, protocol::SyncCall::lock);
  if (kind != protocol::MutationKind::drop_lock) return false;
  pretend_to_hold(self, lock);
  return true;
}

int read_lock(Thread& self, pthread_rwlock_t* real, std::int64_t deadline_ns,
              std::uint64_t location) {
  Object& lock = rwlock_at(real, self);
  if (is_mutating() && is_dropped(self, lock)) return 0;
  if (lock.owner == &self) return EDEADLK;
  Operation op = lock_operation(EventKind::read_lock, Guard::free_shared, lock, location);
  op.deadline_ns = deadline_ns;
  if (perform(self, op) == CandidateKind::timeout) return ETIMEDOUT;
  return take_for_reading(self, real, lock, location);
}

int write_lock(Thread& self, pthread_rwlock_t* real, std::int64_t deadline_ns,
               std::uint64_t location) {
  Object& lock = rwlock_at(real, self);
  if (is_mutating() && is_dropped(self, lock)) return 0;
  if (lock.owner == &self) return EDEADLK;
  Operation op = lock_operation(EventKind::lock, Guard::free_lock, lock, location);
  op.deadline_ns = deadline_ns;
  if (perform(self, op) == CandidateKind::timeout) return ETIMEDOUT;
  return take_for_writing(self, real, lock, location);
}

int try_lock(Thread& self, pthread_rwlock_t* real, bool for_writing, std::uint64_t location) {
  Object& lock = rwlock_at(real, self);
  const EventKind kind = for_writing ? EventKind::lock : EventKind::read_lock;
  Operation op = lock_operation(kind, Guard::open, lock, location);
  op.recorded = false;
  op.undecided = true;
  op.may_fail = local.cpp_library && !lock.posix && may_be_contended(lock, self);
  const CandidateKind chosen = perform(self, op);
  const bool is_free = lock.owner == nullptr && (!for_writing || lock.readers.empty());
  if (chosen == CandidateKind::try_failure || !is_free) {
    record(self, EventKind::lock_failed, EBUSY, &lock, location);
    note_poll(self, location);
    return EBUSY;
  }
  self.spins = 0;
  record(self, kind, 0, &lock, location);
  return for_writing ? take_for_writing(self, real, lock, location)
                     : take_for_reading(self, real, lock, location);
}

int unlock(Thread& self, pthread_rwlock_t* real, std::uint64_t location) {
  Object& lock = rwlock_at(real, self);
  if (is_mutating() && end_pretence(self, lock)) return 0;
  perform(self, lock_operation(EventKind::unlock, Guard::open, lock, location));
  if (lock.owner == &self) {
    give_back(lock);
    return NEXT(pthread_rwlock_unlock)(real);
  }
  if (give_back_shared(self, lock)) return NEXT(pthread_rwlock_unlock)(real);
  report_misuse(self, lock, "unlocks, though it does not hold it,", location);
  if (lock.owner != nullptr) {
    give_back(lock);
  } else if (!lock.readers.empty()) {
    give_back_shared(*lock.readers[0].thread, lock);
  } else {
    return 0;
  }
  return NEXT(pthread_rwlock_unlock)(real);
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_rdlock)(lock);
  return read_lock(*self, lock, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_wrlock)(lock);
  return write_lock(*self, lock, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_tryrdlock)(lock);
  return try_lock(*self, lock, false, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_trywrlock)(lock);
  return try_lock(*self, lock, true, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock,
                                                 const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_timedrdlock)(lock, until);
  if (!is_valid(*until)) return EINVAL;
  return read_lock(*self, lock, deadline_of(CLOCK_REALTIME, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock,
                                                 const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_timedwrlock)(lock, until);
  if (!is_valid(*until)) return EINVAL;
  return write_lock(*self, lock, deadline_of(CLOCK_REALTIME, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                                                 const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_clockrdlock)(lock, clock, until);
  if (!counts_for_waits(clock) || !is_valid(*until)) return EINVAL;
  return read_lock(*self, lock, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                                                 const timespec* until) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_clockwrlock)(lock, clock, until);
  if (!counts_for_waits(clock) || !is_valid(*until)) return EINVAL;
  return write_lock(*self, lock, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_rwlock_unlock)(lock);
  return unlock(*self, lock, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_rwlock_init(pthread_rwlock_t* lock,
                                          const pthread_rwlockattr_t* attributes) noexcept {
  Thread* self = controlled();
  Object* old = self != nullptr ? find_object(ObjectKind::rwlock, lock) : nullptr;
  if (old != nullptr) {
    drop_holders(*old);
    forget_object(*old);
  }
  const int error = NEXT(pthread_rwlock_init)(lock, attributes);
  if (self != nullptr && error == 0) rwlock_at(lock, *self).posix = true;
  return error;
}

GRADER_INTERPOSED int pthread_rwlock_destroy(pthread_rwlock_t* real) noexcept {
  Thread* self = controlled();
  Object* lock = self != nullptr ? find_object(ObjectKind::rwlock, real) : nullptr;
  if (lock == nullptr) return NEXT(pthread_rwlock_destroy)(real);
  const std::uint64_t location = GRADER_CALLER;
  perform(*self, lock_operation(EventKind::object_destroy, Guard::open, *lock, location));
  if (lock->owner != nullptr || !lock->readers.empty()) {
    report_misuse(*self, *lock, "destroys, while it is locked,", location);
    return EBUSY;
  }
  forget_object(*lock);
  return NEXT(pthread_rwlock_destroy)(real);
}
