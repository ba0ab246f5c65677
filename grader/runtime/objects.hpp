#pragma once

#include "runtime/local.hpp"

namespace grader::runtime {

/// Makes the empty object table. To be called once per run.
void start_objects();

/// The model of the primitive at `address` of the calling process; made at its first use.
Object& object_at(ObjectKind kind, const volatile void* address, const Thread& user);

/// The same, but null when it was never used.
Object* find_object(ObjectKind kind, const volatile void* address);

/// A new object without an address, first used by `user` (may be null).
Object* new_object(ObjectKind kind, const Thread* user);

/// Forgets the primitive at `object`'s address: its memory may become another one.
void forget_object(Object& object);

/// Puts `object` back to how it was made, keeping its id.
void reset_object(Object& object);

/// Maps pthread_t to threads of the calling process.
void note_thread_handle(Thread& thread);
Thread* thread_of_handle(pthread_t handle);

}  // namespace grader::runtime
