#include <pthread.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/trace.hpp"

// A thread that waits for a spin lock is blocked for the model: spinning for real would be steps
// that change nothing.
using namespace grader::runtime;

GRADER_INTERPOSED int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  Thread* self = controlled();
  Object* old = self != nullptr ? find_object(ObjectKind::spin, const_cast<int*>(lock)) : nullptr;
  if (old != nullptr) {
    if (old->owner != nullptr) old->owner->held.remove(old);
    forget_object(*old);
  }
  return NEXT(pthread_spin_init)(lock, shared);
}

GRADER_INTERPOSED int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_spin_lock)(lock);
  const std::uint64_t location = GRADER_CALLER;
  Object& object = object_at(ObjectKind::spin, lock, *self);
  perform(*self, lock_operation(EventKind::lock, Guard::free_lock, object, location));
  take(*self, object, location);
  return NEXT(pthread_spin_lock)(lock);
}

GRADER_INTERPOSED int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_spin_trylock)(lock);
  const std::uint64_t location = GRADER_CALLER;
  Object& object = object_at(ObjectKind::spin, lock, *self);
  Operation op = lock_operation(EventKind::lock, Guard::open, object, location);
  op.recorded = false;
  op.undecided = true;
  const bool fails = perform(*self, op) == CandidateKind::try_failure || object.owner != nullptr;
  record(*self, fails ? EventKind::lock_failed : EventKind::lock, fails ? EBUSY : 0, &object,
         location);
  if (fails) {
    note_poll(*self, location);
    return EBUSY;
  }
  self->spins = 0;
  take(*self, object, location);
  return NEXT(pthread_spin_lock)(lock);
}

GRADER_INTERPOSED int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_spin_unlock)(lock);
  const std::uint64_t location = GRADER_CALLER;
  Object& object = object_at(ObjectKind::spin, lock, *self);
  perform(*self, lock_operation(EventKind::unlock, Guard::open, object, location));
  if (object.owner != self) {
    report_misuse(*self, object, "unlocks, though it does not hold it,", location);
  }
  give_back(object);
  return NEXT(pthread_spin_unlock)(lock);
}

GRADER_INTERPOSED int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  Thread* self = controlled();
  Object* object =
      self != nullptr ? find_object(ObjectKind::spin, const_cast<int*>(lock)) : nullptr;
  if (object == nullptr) return NEXT(pthread_spin_destroy)(lock);
  const std::uint64_t location = GRADER_CALLER;
  perform(*self, lock_operation(EventKind::object_destroy, Guard::open, *object, location));
  if (object->owner != nullptr) {
    report_misuse(*self, *object, "destroys, while it is locked,", location);
    object->owner->held.remove(object);
  }
  forget_object(*object);
  return NEXT(pthread_spin_destroy)(lock);
}
