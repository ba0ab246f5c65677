#include "runtime/threads.hpp"

#include <pthread.h>

#include <cerrno>
#include <cstring>

#include "runtime/controller.hpp"
#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/mutation.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/sanitizer_stacks.hpp"
#include "runtime/start_up.hpp"
#include "runtime/time_model.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

using Routine = void* (*)(void*);

pthread_key_t end_key;

// A thread ends for the model when everything of the program's has run in it: destructors of
// thread-local objects come before those of keys, and those may be called again up to
// PTHREAD_DESTRUCTOR_ITERATIONS times. So this destructor re-arms itself until the last time.
void on_thread_end(void* round) {
  Thread* self = controlled();
  if (self == nullptr) return;
  const auto n = reinterpret_cast<std::uintptr_t>(round);
  if (n < PTHREAD_DESTRUCTOR_ITERATIONS) {
    NEXT(pthread_setspecific)(end_key, reinterpret_cast<void*>(n + 1));
    return;
  }
  Operation op;
  op.kind = EventKind::thread_exit;
  op.object = self->object;
  perform(*self, op);
  release_robust(*self);
  // The last thread of a process does not just end: the C library has it exit the process, and exit
  // handlers are still to run under control.
  if (local.process->threads_alive == 1) {
    end_process(*self, 0, false);
    return;
  }
  self_thread = nullptr;
  leave(*self);
}

void arm_end_of_thread() { NEXT(pthread_setspecific)(end_key, reinterpret_cast<void*>(1)); }

void* run_thread(void* raw) {
  auto* self = static_cast<Thread*>(raw);
  self_thread = self;
  await_start(*self);
  arm_end_of_thread();
  return reinterpret_cast<Routine>(self->routine)(self->argument);
}

bool is_detached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED;
}

// What pthread_join says about a thread that cannot be joined; 0 when it can.
int join_error(Thread& self, Thread* target, std::uint64_t location) {
  if (target == nullptr) return ESRCH;
  if (target == &self) {
    report_misuse(self, *self.object, "joins itself: it waits for", location);
    return EDEADLK;
  }
  if (!target->detached && !target->joined) return 0;
  report_misuse(self, *target->object,
                target->detached ? "joins a detached thread: it waits for"
                                 : "joins a thread that was joined before: it waits for",
                location);
  return EINVAL;
}

Operation join_operation(Thread& target, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::thread_join;
  op.guard = Guard::ended;
  op.is_write = false;
  op.cancellable = true;
  op.object = target.object;
  op.location = location;
  op.value = target.id;
  return op;
}

int finish_join(Thread& target, void** result) {
  target.joined = true;
  return NEXT(pthread_join)(target.handle, result);
}

int join_until(Thread& self, pthread_t handle, void** result, std::int64_t deadline_ns,
               std::uint64_t location) {
  Thread* target = thread_of_handle(handle);
  const int error = join_error(self, target, location);
  if (error == ESRCH) return NEXT(pthread_join)(handle, result);
  if (error != 0) return error;
  Operation op = join_operation(*target, location);
  op.deadline_ns = deadline_ns;
  if (perform(self, op) == CandidateKind::timeout) return ETIMEDOUT;
  return finish_join(*target, result);
}

int create_really(Thread& thread, const pthread_attr_t* attributes) {
  const Uncontrolled scope;
  const SanitizerStack stack(attributes);
  return NEXT(pthread_create)(&thread.handle, stack.attributes(), run_thread, &thread);
}

}  // namespace

void prepare_threads() { NEXT(pthread_key_create)(&end_key, on_thread_end); }

void adopt_main_thread() { arm_end_of_thread(); }

}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int pthread_create(pthread_t* handle, const pthread_attr_t* attributes,
                                     Routine routine, void* argument) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_create)(handle, attributes, routine, argument);
  Operation op;
  op.kind = EventKind::thread_create;
  op.location = GRADER_CALLER;
  op.recorded = false;
  perform(*self, op);
  admit_another();
  Thread* thread = add_thread(self->process, self);
  thread->routine = reinterpret_cast<void*>(routine);
  thread->argument = argument;
  thread->detached = is_detached(attributes);
  const int error = create_really(*thread, attributes);
  if (error != 0) {
    remove_unstarted(*thread);
    return error;
  }
  *handle = thread->handle;
  note_thread_handle(*thread);
  record(*self, EventKind::thread_create, thread->id, thread->object, op.location);
  ready_to_start(*thread);
  return 0;
}

GRADER_INTERPOSED int pthread_join(pthread_t handle, void** result) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_join)(handle, result);
  if (is_mutating() && mutation_at(*self, grader::protocol::SyncCall::join) ==
                           grader::protocol::MutationKind::drop_join) {
    return pthread_detach(handle);
  }
  return join_until(*self, handle, result, kNoDeadline, GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_tryjoin_np(pthread_t handle, void** result) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_tryjoin_np)(handle, result);
  const std::uint64_t location = GRADER_CALLER;
  Thread* target = thread_of_handle(handle);
  const int error = join_error(*self, target, location);
  if (error != 0) return error;
  Operation op = join_operation(*target, location);
  op.guard = Guard::open;
  op.passes_over = true;
  perform(*self, op);
  return target->life == Life::ended ? finish_join(*target, result) : EBUSY;
}

GRADER_INTERPOSED int pthread_timedjoin_np(pthread_t handle, void** result, const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_timedjoin_np)(handle, result, until);
  if (until != nullptr && !is_valid(*until)) return EINVAL;
  return join_until(*self, handle, result, deadline_of(CLOCK_REALTIME, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_clockjoin_np(pthread_t handle, void** result, clockid_t clock,
                                           const timespec* until) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(pthread_clockjoin_np)(handle, result, clock, until);
  if (!counts_for_waits(clock) || (until != nullptr && !is_valid(*until))) return EINVAL;
  return join_until(*self, handle, result, deadline_of(clock, until), GRADER_CALLER);
}

GRADER_INTERPOSED int pthread_detach(pthread_t handle) noexcept {
  Thread* self = controlled();
  Thread* target = self != nullptr ? thread_of_handle(handle) : nullptr;
  if (target == nullptr) return NEXT(pthread_detach)(handle);
  Operation op;
  op.kind = EventKind::thread_detach;
  op.object = target->object;
  op.location = GRADER_CALLER;
  op.value = target->id;
  perform(*self, op);
  if (target->detached || target->joined) {
    report_misuse(*self, *target->object, "detaches a thread twice:", op.location);
    return EINVAL;
  }
  target->detached = true;
  return NEXT(pthread_detach)(handle);
}

GRADER_INTERPOSED int pthread_setname_np(pthread_t handle, const char* name) noexcept {
  Thread* self = controlled();
  Thread* target = self != nullptr ? thread_of_handle(handle) : nullptr;
  if (target != nullptr && std::strlen(name) < sizeof target->name) {
    std::memset(target->name, 0, sizeof target->name);
    std::memcpy(target->name, name, std::strlen(name));
  }
  return NEXT(pthread_setname_np)(handle, name);
}
