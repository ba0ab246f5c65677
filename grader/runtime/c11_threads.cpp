#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>

#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"

// C11 threads are pthreads under other names, in glibc too; ThreadSanitizer knows only the latter.
namespace grader::runtime {
namespace {

int status_of(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case ENOMEM:
      return thrd_nomem;
    case ETIMEDOUT:
      return thrd_timedout;
    case EBUSY:
      return thrd_busy;
    default:
      return thrd_error;
  }
}

pthread_mutex_t* real(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* real(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  if (controlled() == nullptr) return NEXT(thrd_create)(thread, function, argument);
  // An int comes back in the lower half of the register that holds a pointer.
  const auto routine = reinterpret_cast<void* (*)(void*)>(reinterpret_cast<void*>(function));
  return status_of(pthread_create(thread, nullptr, routine, argument));
}

GRADER_INTERPOSED int thrd_join(thrd_t thread, int* result) {
  if (controlled() == nullptr) return NEXT(thrd_join)(thread, result);
  void* value = nullptr;
  const int error = pthread_join(thread, &value);
  if (result != nullptr) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(value));
  return status_of(error);
}

GRADER_INTERPOSED int thrd_detach(thrd_t thread) {
  if (controlled() == nullptr) return NEXT(thrd_detach)(thread);
  return status_of(pthread_detach(thread));
}

GRADER_INTERPOSED void thrd_exit(int result) {
  pthread_exit(reinterpret_cast<void*>(static_cast<std::intptr_t>(result)));
}

GRADER_INTERPOSED int mtx_init(mtx_t* mutex, int type) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_init)(mutex, type);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  const bool recursive = (type & mtx_recursive) != 0;
  pthread_mutexattr_settype(&attributes,
                            recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
  return status_of(pthread_mutex_init(real(mutex), &attributes));
}

GRADER_INTERPOSED int mtx_lock(mtx_t* mutex) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_lock)(mutex);
  return status_of(pthread_mutex_lock(real(mutex)));
}

GRADER_INTERPOSED int mtx_trylock(mtx_t* mutex) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_trylock)(mutex);
  return status_of(pthread_mutex_trylock(real(mutex)));
}

GRADER_INTERPOSED int mtx_timedlock(mtx_t* mutex, const timespec* until) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_timedlock)(mutex, until);
  return status_of(pthread_mutex_timedlock(real(mutex), until));
}

GRADER_INTERPOSED int mtx_unlock(mtx_t* mutex) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_unlock)(mutex);
  return status_of(pthread_mutex_unlock(real(mutex)));
}

GRADER_INTERPOSED void mtx_destroy(mtx_t* mutex) noexcept {
  if (controlled() == nullptr) return NEXT(mtx_destroy)(mutex);
  pthread_mutex_destroy(real(mutex));
}

GRADER_INTERPOSED int cnd_init(cnd_t* condition) noexcept {
  if (controlled() == nullptr) return NEXT(cnd_init)(condition);
  return status_of(pthread_cond_init(real(condition), nullptr));
}

GRADER_INTERPOSED int cnd_signal(cnd_t* condition) noexcept {
  if (controlled() == nullptr) return NEXT(cnd_signal)(condition);
  return status_of(pthread_cond_signal(real(condition)));
}

GRADER_INTERPOSED int cnd_broadcast(cnd_t* condition) noexcept {
  if (controlled() == nullptr) return NEXT(cnd_broadcast)(condition);
  return status_of(pthread_cond_broadcast(real(condition)));
}

GRADER_INTERPOSED int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  if (controlled() == nullptr) return NEXT(cnd_wait)(condition, mutex);
  return status_of(pthread_cond_wait(real(condition), real(mutex)));
}

GRADER_INTERPOSED int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  if (controlled() == nullptr) return NEXT(cnd_timedwait)(condition, mutex, until);
  return status_of(pthread_cond_timedwait(real(condition), real(mutex), until));
}

GRADER_INTERPOSED void cnd_destroy(cnd_t* condition) noexcept {
  if (controlled() == nullptr) return NEXT(cnd_destroy)(condition);
  pthread_cond_destroy(real(condition));
}

GRADER_INTERPOSED void call_once(once_flag* flag, void (*routine)()) {
  if (controlled() == nullptr) return NEXT(call_once)(flag, routine);
  static_assert(sizeof(once_flag) == sizeof(pthread_once_t));
  pthread_once(reinterpret_cast<pthread_once_t*>(flag), routine);
}
