#pragma once

#include "runtime/controller.hpp"

// What mutexes, read-write locks and spin locks have in common.
namespace grader::runtime {

/// The model of the mutex, brought up to date: memory that was used again for a new mutex without
/// a call of pthread_mutex_init is noticed.
Object& mutex_at(const pthread_mutex_t* mutex, const Thread& user);

/// `self` now holds `lock` exclusively, or once more.
void take(Thread& self, Object& lock, std::uint64_t location);

/// The exclusive holder gives `lock` back; who waited may go on.
void give_back(Object& lock);

/// The same for one that shares it; false when `self` is not among those.
void take_shared(Thread& self, Object& lock, std::uint64_t location);
bool give_back_shared(Thread& self, Object& lock);

/// What a thread that ends still holds: robust mutexes are free for the next one.
void release_robust(Thread& self);

/// Whether a failing try can be explained by somebody else: a live thread that took the lock
/// before.
bool may_be_contended(const Object& lock, const Thread& self);

/// pthread_mutex_lock, timed or not, and pthread_mutex_unlock, as they are.
int lock_mutex(Thread& self, pthread_mutex_t* mutex, std::int64_t deadline_ns,
               std::uint64_t location);
int unlock_mutex(Thread& self, pthread_mutex_t* mutex, std::uint64_t location);

/// An operation that takes `lock` for `self`.
Operation lock_operation(EventKind kind, Guard guard, Object& lock, std::uint64_t location);

/// A try operation has failed: the thread has made no progress.
void note_poll(Thread& self, std::uint64_t location);

/// Unlocks and locks a mutex around a condition wait, on the model and for real. `location` is the
/// wait's. `lock_after_wait` is to be called once the lock is free and `self` was chosen; it
/// returns what pthread_mutex_lock does.
int unlock_for_wait(Thread& self, pthread_mutex_t* mutex, Object& lock);
int lock_after_wait(Thread& self, pthread_mutex_t* mutex, Object& lock, std::uint64_t location);

}  // namespace grader::runtime
