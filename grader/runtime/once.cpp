#include <pthread.h>

#include <cstdint>

#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/once.hpp"
#include "runtime/thread_sanitizer.hpp"

/// unwind_guard.c: calls `routine`, then `cleanup(argument)`, also when an exception passes.
extern "C" void grader_run_guarded(void (*routine)(), void (*cleanup)(void*), void* argument);

// pthread_once (std::call_once is built on it) and the guards of local static objects: done here
// from beginning to end, because ThreadSanitizer's own wait for the initialiser without a call that
// could be seen.
namespace grader::runtime {
namespace {

// What the library behind writes into a pthread_once_t once it is done: glibc's word for it and
// ThreadSanitizer's differ, and from version to version, so it is asked once.
int once_done = 2;

bool is_done(const pthread_once_t* control) {
  return __atomic_load_n(control, __ATOMIC_ACQUIRE) == once_done;
}

void do_nothing() {}

// From here on the others wait, those too who had announced that they come.
void begin(Thread& self, Object& object, std::uint64_t location) {
  object.owner = &self;
  object.depth = 1;
  object.owner_location = location;
  object_changed(object);
}

// `self` is to run the initialisation behind `address`, or waits until somebody has. True: it runs.
bool enter(Thread& self, Object& object, const char* done_flag, std::uint64_t location) {
  perform(self, lock_operation(EventKind::once, Guard::not_running, object, location));
  if (*done_flag != 0) return false;
  begin(self, object, location);
  return true;
}

void finish(Object& object) {
  object.owner = nullptr;
  object_changed(object);
}

struct Running {
  Object& object;
  pthread_once_t* control;
  void (*routine)();
  bool done;
};

// The initialisation is left undone when its routine is left by an exception or a cancellation.
void stop_running(void* argument) {
  auto* running = static_cast<Running*>(argument);
  // A try that failed comes before the next one just the same.
  sanitizer_release(running->control);
  if (running->done) __atomic_store_n(running->control, once_done, __ATOMIC_RELEASE);
  finish(running->object);
}

thread_local Running* innermost __attribute__((tls_model("initial-exec"))) = nullptr;

void run_innermost() {
  Running* running = innermost;
  running->routine();
  running->done = true;
}

int run_once(Thread& self, pthread_once_t* control, void (*routine)(), std::uint64_t location) {
  Object& object = object_at(ObjectKind::once, control, self);
  perform(self, lock_operation(EventKind::once, Guard::not_running, object, location));
  sanitizer_acquire(control);
  if (is_done(control)) return 0;
  begin(self, object, location);
  Running running{object, control, routine, false};
  innermost = &running;
  grader_run_guarded(run_innermost, stop_running, &running);
  return 0;
}

char* done_flag_of(std::int64_t* guard) { return reinterpret_cast<char*>(guard); }

}  // namespace

void prepare_once() {
  pthread_once_t control = PTHREAD_ONCE_INIT;
  NEXT(pthread_once)(&control, do_nothing);
  once_done = control;
}

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_once(pthread_once_t* control, void (*routine)()) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_once)(control, routine);
  // What is done cannot be undone: looking at it is no step.
  if (is_done(control)) {
    sanitizer_acquire(control);
    return 0;
  }
  // Locales, unwind tables and the like: set up at a library's first use, in one go.
  if (is_library_call(__builtin_return_address(0))) {
    const Uncontrolled scope;
    return NEXT(pthread_once)(control, routine);
  }
  return run_once(*self, control, routine, GRADER_CALLER);
}

// The C++ ABI for x86-64: the first byte of the guard says that the object is there.
extern "C" int __cxa_guard_acquire(std::int64_t* guard);
extern "C" void __cxa_guard_release(std::int64_t* guard);
extern "C" void __cxa_guard_abort(std::int64_t* guard);

GRADER_INTERPOSED int __cxa_guard_acquire(std::int64_t* guard) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(__cxa_guard_acquire)(guard);
  Object& object = object_at(ObjectKind::once, guard, *self);
  const bool runs = enter(*self, object, done_flag_of(guard), GRADER_CALLER);
  sanitizer_acquire(guard);
  return runs ? 1 : 0;
}

GRADER_INTERPOSED void __cxa_guard_release(std::int64_t* guard) {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::once, guard) : nullptr;
  if (object == nullptr || object->owner == nullptr) return NEXT(__cxa_guard_release)(guard);
  sanitizer_release(guard);
  if (local.thread_sanitizer) {
    publish_flag(done_flag_of(guard));
  } else {
    __atomic_store_n(done_flag_of(guard), char{1}, __ATOMIC_RELEASE);
  }
  finish(*object);
}

GRADER_INTERPOSED void __cxa_guard_abort(std::int64_t* guard) {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::once, guard) : nullptr;
  if (object == nullptr || object->owner == nullptr) return NEXT(__cxa_guard_abort)(guard);
  sanitizer_release(guard);
  finish(*object);
}
