#include <semaphore.h>

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

// The real semaphore holds the count; the model follows it.
void read_count(Object& object, sem_t* semaphore) {
  int value = 0;
  NEXT(sem_getvalue)(semaphore, &value);
  object.value = value;
}

Object& semaphore_at(sem_t* semaphore, const Thread& user) {
  Object& object = object_at(ObjectKind::semaphore, semaphore, user);
  read_count(object, semaphore);
  return object;
}

int fail(int error) {
  errno = error;
  return -1;
}

// The model has seen that the count is positive, so this does not wait.
int take_really(Object& object, sem_t* semaphore) {
  const int result = NEXT(sem_wait)(semaphore);
  read_count(object, semaphore);
  object_changed(object);
  return result;
}

int wait_until(Thread& self, sem_t* semaphore, std::int64_t deadline_ns, std::uint64_t location) {
  if (is_mutating() &&
      mutation_at(self, protocol::SyncCall::semaphore_wait) == protocol::MutationKind::wake_early) {
    return 0;
  }
  Object& object = semaphore_at(semaphore, self);
  Operation op = lock_operation(EventKind::semaphore_wait, Guard::positive, object, location);
  op.deadline_ns = deadline_ns;
  op.cancellable = true;
  if (perform(self, op) == CandidateKind::timeout) return fail(ETIMEDOUT);
  return take_really(object, semaphore);
}

int try_wait(Thread& self, sem_t* semaphore, std::uint64_t location) {
  Object& object = semaphore_at(semaphore, self);
  Operation op = lock_operation(EventKind::semaphore_wait, Guard::open, object, location);
  op.recorded = false;
  op.undecided = true;
  perform(self, op);
  read_count(object, semaphore);
  if (object.value <= 0) {
    record(self, EventKind::lock_failed, EAGAIN, &object, location);
    note_poll(self, location);
    return fail(EAGAIN);
  }
  self.spins = 0;
  record(self, EventKind::semaphore_wait, 0, &object, location);
  return take_really(object, semaphore);
}

int post(Thread& self, sem_t* semaphore, std::uint64_t location) {
  Object& object = semaphore_at(semaphore, self);
  perform(self, lock_operation(EventKind::semaphore_post, Guard::open, object, location));
  const int result = NEXT(sem_post)(semaphore);
  read_count(object, semaphore);
  object_changed(object);
  return result;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int sem_wait(sem_t* semaphore) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sem_wait)(semaphore);
  return wait_until(*self, semaphore, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int sem_trywait(sem_t* semaphore) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sem_trywait)(semaphore);
  return try_wait(*self, semaphore, GRADER_CALLER);
}

GRADER_INTERPOSED int sem_timedwait(sem_t* semaphore, const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sem_timedwait)(semaphore, until);
  if (!is_valid(*until)) return fail(EINVAL);
  return wait_until(*self, semaphore, deadline_of(CLOCK_REALTIME, until), GRADER_CALLER);
}

GRADER_INTERPOSED int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sem_clockwait)(semaphore, clock, until);
  if (!counts_for_waits(clock) || !is_valid(*until)) return fail(EINVAL);
  return wait_until(*self, semaphore, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int sem_post(sem_t* semaphore) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(sem_post)(semaphore);
  return post(*self, semaphore, GRADER_CALLER);
}

GRADER_INTERPOSED int sem_init(sem_t* semaphore, int shared, unsigned value) noexcept {
  Thread* self = controlled();
  Object* old = self != nullptr ? find_object(ObjectKind::semaphore, semaphore) : nullptr;
  if (old != nullptr) forget_object(*old);
  return NEXT(sem_init)(semaphore, shared, value);
}

GRADER_INTERPOSED int sem_destroy(sem_t* semaphore) noexcept {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::semaphore, semaphore) : nullptr;
  if (object == nullptr) return NEXT(sem_destroy)(semaphore);
  const std::uint64_t location = GRADER_CALLER;
  perform(*self, lock_operation(EventKind::object_destroy, Guard::open, *object, location));
  if (!object->pending.empty() && object->value <= 0) {
    report_misuse(*self, *object, "destroys, while somebody waits on it,", location);
  }
  forget_object(*object);
  return NEXT(sem_destroy)(semaphore);
}
