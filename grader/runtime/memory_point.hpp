#pragma once

#include "runtime/local.hpp"

namespace grader::runtime {

/// A plain access of the program's, before it is made: a scheduling point when asked for.
void access_point(Thread& self, const volatile void* address, bool is_write, const void* caller);

/// An atomic operation, before it is made. At `sync` it is none, but a thread that only looks at
/// atomics, again and again, has to let others run.
void atomic_point(const volatile void* address, EventKind kind, const void* caller);

/// An atomic load showed `value`: the same as last time at that place is no progress.
void note_loaded(const volatile void* address, std::uint64_t value);

}  // namespace grader::runtime
