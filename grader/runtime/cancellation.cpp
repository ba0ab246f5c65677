#include "runtime/cancellation.hpp"

#include <pthread.h>

#include "runtime/candidates.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"

// A request to cancel is kept in the model and reaches the C library only when its thread acts on
// it, so that it cannot come at a moment of its own.
namespace grader::runtime {

void act_on_cancellation(Thread& self) {
  if (!is_cancelled(self)) return;
  self.cancel_requested = false;
  NEXT(pthread_cancel)(pthread_self());
  NEXT(pthread_testcancel)();
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_cancel(pthread_t handle) {
  Thread* self = controlled();
  Thread* target = self != nullptr ? thread_of_handle(handle) : nullptr;
  if (target == nullptr) return NEXT(pthread_cancel)(handle);
  Operation op =
      lock_operation(EventKind::thread_cancel, Guard::open, *target->object, GRADER_CALLER);
  op.value = target->id;
  perform(*self, op);
  if (target->life == Life::ended) return 0;
  target->cancel_requested = true;
  refresh(*target);
  if (target == self && self->cancel_asynchronous) act_on_cancellation(*self);
  return 0;
}

GRADER_INTERPOSED void pthread_testcancel() {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_testcancel)();
  Operation op;
  op.kind = EventKind::yield;
  op.location = GRADER_CALLER;
  perform(*self, op);
  act_on_cancellation(*self);
}

GRADER_INTERPOSED int pthread_setcancelstate(int state, int* old) {
  Thread* self = controlled();
  if (self != nullptr && (state == PTHREAD_CANCEL_ENABLE || state == PTHREAD_CANCEL_DISABLE)) {
    self->cancel_disabled = state == PTHREAD_CANCEL_DISABLE;
  }
  return NEXT(pthread_setcancelstate)(state, old);
}

// The C library is left at deferred: an asynchronous cancellation is acted on at the thread's next
// operation, the only moments at which another thread can have sent it.
GRADER_INTERPOSED int pthread_setcanceltype(int type, int* old) {
  Thread* self = controlled();
  const bool known = type == PTHREAD_CANCEL_DEFERRED || type == PTHREAD_CANCEL_ASYNCHRONOUS;
  if (self == nullptr || !known) return NEXT(pthread_setcanceltype)(type, old);
  if (old != nullptr) {
    *old = self->cancel_asynchronous ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
  }
  self->cancel_asynchronous = type == PTHREAD_CANCEL_ASYNCHRONOUS;
  if (self->cancel_asynchronous) act_on_cancellation(*self);
  return 0;
}
