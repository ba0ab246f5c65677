#pragma once

#include <pthread.h>

#include "protocol/mutation.hpp"
#include "runtime/local.hpp"

// Sync mutants: the runtime perturbs one call of the program's synchronisation, to see whether a
// rubric notices. A call is known by the calls that lead to it, since the library's own inline
// functions (std::mutex::lock) stand between the runtime and the program.
namespace grader::runtime {

inline bool is_mutating() {
  return __builtin_expect(local.mutation.kind != protocol::MutationKind::none, 0);
}

/// What the run's mutant does at this call; `none` when it is the mutant of another. In a scouting
/// run it tells the grader of the call.
protocol::MutationKind mutation_at(const Thread& self, protocol::SyncCall call);

/// `self` goes on as if it held `lock`: the unlock that belongs to it will be left out.
void pretend_to_hold(Thread& self, Object& lock);

/// Whether it does; `end_pretence` is for the unlock.
bool pretends_to_hold(const Thread& self, const Object& lock);
bool end_pretence(Thread& self, Object& lock);

/// A mutated pthread_mutex_lock (or timed form).
int lock_mutated(Thread& self, pthread_mutex_t* mutex, std::int64_t deadline_ns,
                 std::uint64_t location);

/// Before any other step: a lock that was to change places with the next has found none.
void take_deferred_lock(Thread& self);

}  // namespace grader::runtime
