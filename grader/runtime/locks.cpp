#include "runtime/locks.hpp"

#include <pthread.h>

#include <cerrno>

#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"

namespace grader::runtime {
namespace {

constexpr int kKindMask = 3;
constexpr int kRobustBit = 16;

// The model mirrors the real mutex: locked here and free there means that the memory is a new one.
bool is_another_one(const Object& lock, const pthread_mutex_t* mutex) {
  return lock.owner != nullptr && !lock.owner_died && mutex->__data.__owner == 0 &&
         mutex->__data.__lock == 0;
}

void note_locker(Object& lock, std::uint32_t thread) {
  if (lock.lockers[0] == thread) return;
  lock.lockers[1] = lock.lockers[0];
  lock.lockers[0] = thread;
}

}  // namespace

Object& mutex_at(const pthread_mutex_t* mutex, const Thread& user) {
  Object& lock = object_at(ObjectKind::mutex, mutex, user);
  const int kind = mutex->__data.__kind;
  lock.recursive = (kind & kKindMask) == PTHREAD_MUTEX_RECURSIVE_NP;
  lock.error_checking = (kind & kKindMask) == PTHREAD_MUTEX_ERRORCHECK_NP;
  lock.robust = (kind & kRobustBit) != 0;
  if (is_another_one(lock, mutex)) {
    lock.owner->held.remove(&lock);
    reset_object(lock);
    object_changed(lock);
  }
  return lock;
}

void take(Thread& self, Object& lock, std::uint64_t location) {
  note_locker(lock, self.id);
  if (lock.owner == &self) {
    ++lock.depth;
    return;
  }
  lock.owner = &self;
  lock.depth = 1;
  lock.owner_location = location;
  self.held.push_back(world().arena, &lock);
  object_changed(lock);
}

void give_back(Object& lock) {
  if (lock.owner == nullptr) return;
  if (--lock.depth > 0) return;
  lock.owner->held.remove(&lock);
  lock.owner = nullptr;
  object_changed(lock);
}

void take_shared(Thread& self, Object& lock, std::uint64_t location) {
  note_locker(lock, self.id);
  lock.readers.push_back(world().arena, {&self, location});
  self.held.push_back(world().arena, &lock);
  object_changed(lock);
}

bool give_back_shared(Thread& self, Object& lock) {
  for (std::uint32_t i = 0; i < lock.readers.size(); ++i) {
    if (lock.readers[i].thread != &self) continue;
    lock.readers.erase(i);
    self.held.remove(&lock);
    object_changed(lock);
    return true;
  }
  return false;
}

void release_robust(Thread& self) {
  for (std::uint32_t i = self.held.size(); i > 0; --i) {
    Object& lock = *self.held[i - 1];
    if (!lock.robust) continue;
    lock.owner_died = true;
    lock.depth = 1;
    give_back(lock);
  }
}

bool may_be_contended(const Object& lock, const Thread& self) {
  if (world().header->options.spurious_wakeups == 0) return false;
  for (const std::uint32_t id : lock.lockers) {
    if (id == 0 || id == self.id) continue;
    const Thread& other = *world().threads[id - 1];
    const bool joins = other.announced && other.pending.guard == Guard::ended;
    if (other.life != Life::ended && !joins) return true;
  }
  return false;
}

Operation lock_operation(EventKind kind, Guard guard, Object& lock, std::uint64_t location) {
  Operation op;
  op.kind = kind;
  op.guard = guard;
  op.object = &lock;
  op.location = location;
  return op;
}

void note_poll(Thread& self, std::uint64_t location) {
  ++self.spins;
  self.spin_location = location;
  world().previous_yielded = true;
}

int unlock_for_wait(Thread&, pthread_mutex_t* mutex, Object& lock) {
  give_back(lock);
  return NEXT(pthread_mutex_unlock)(mutex);
}

int lock_after_wait(Thread& self, pthread_mutex_t* mutex, Object& lock, std::uint64_t location) {
  const int error = NEXT(pthread_mutex_lock)(mutex);
  if (error == 0 || error == EOWNERDEAD) {
    lock.owner_died = false;
    take(self, lock, location);
  }
  return error;
}

}  // namespace grader::runtime
