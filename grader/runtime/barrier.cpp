#include <pthread.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/thread_sanitizer.hpp"

// A barrier is the model's: the real one is initialised and destroyed, nothing else. What a wait
// orders is told to ThreadSanitizer directly.
namespace grader::runtime {
namespace {

int wait(Thread& self, pthread_barrier_t* barrier, std::uint64_t location) {
  Object& object = object_at(ObjectKind::barrier, barrier, self);
  Operation arrive = lock_operation(EventKind::barrier_wait, Guard::open, object, location);
  perform(self, arrive);
  sanitizer_release(barrier);
  if (++object.arrived >= object.value) {
    object.arrived = 0;
    ++object.generation;
    object_changed(object);
    sanitizer_acquire(barrier);
    return PTHREAD_BARRIER_SERIAL_THREAD;
  }
  self.barrier_generation = object.generation;
  Operation pass = lock_operation(EventKind::barrier_wait, Guard::opened, object, location);
  pass.is_write = false;
  pass.value = 1;
  perform(self, pass);
  sanitizer_acquire(barrier);
  return 0;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_barrier_init(pthread_barrier_t* barrier,
                                           const pthread_barrierattr_t* attributes,
                                           unsigned count) noexcept {
  const int error = NEXT(pthread_barrier_init)(barrier, attributes, count);
  Thread* self = controlled();
  if (self == nullptr || error != 0) return error;
  Object* old = find_object(ObjectKind::barrier, barrier);
  if (old != nullptr) forget_object(*old);
  object_at(ObjectKind::barrier, barrier, *self).value = count;
  return 0;
}

GRADER_INTERPOSED int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_barrier_wait)(barrier);
  return wait(*self, barrier, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::barrier, barrier) : nullptr;
  if (object == nullptr) return NEXT(pthread_barrier_destroy)(barrier);
  const std::uint64_t location = GRADER_CALLER;
  Operation op = lock_operation(EventKind::object_destroy, Guard::open, *object, location);
  perform(*self, op);
  if (object->arrived > 0) {
    report_misuse(*self, *object, "destroys, while somebody waits at it,", location);
    return EBUSY;
  }
  forget_object(*object);
  return NEXT(pthread_barrier_destroy)(barrier);
}
