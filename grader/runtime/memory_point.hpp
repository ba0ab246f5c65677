#pragma once

#include "runtime/local.hpp"

namespace grader::runtime {

/// A plain access of the program's, before it is made: a scheduling point when asked for.
void access_point(Thread& self, const volatile void* address, bool is_write, const void* caller);

/// An atomic operation, before it is made. At `sync` it is none, but a thread that only looks at
/// atomics, again and again, has to let others run.
void atomic_point(const volatile void* address, EventKind kind, const void* caller);

/// Whether the run's mutant tears this atomic read-modify-write; if so, others may now run between
/// its load and its store.
bool is_torn(const volatile void* address, const void* caller);

/// An atomic operation showed `value` and changed nothing: a load, an exchange that wrote what was
/// there, a compare-and-exchange that failed. The same again, with nothing else done in between, is
/// no progress, and others should run.
void note_look(const volatile void* address, std::uint64_t value);

/// An atomic operation changed something.
void note_change();

/// The one or the other.
inline void note_update(const volatile void* address, std::uint64_t before, bool changed) {
  if (changed) return note_change();
  note_look(address, before);
}

}  // namespace grader::runtime
