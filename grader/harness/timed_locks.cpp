// Preloaded into native runs beside watch.cpp: g++ 12's ThreadSanitizer does not know the locks
// with a clock of their own, which std::timed_mutex and std::shared_timed_mutex use, and reports
// races that they prevent. Here each becomes the form with the real-time clock, which it knows.
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <cstdint>

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t in_nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

/// `deadline` of `clock` as a time of CLOCK_REALTIME. One that no clock can show stays as it is,
/// for the function itself to refuse.
timespec to_real_time(clockid_t clock, const timespec& deadline) {
  const bool valid = deadline.tv_nsec >= 0 && deadline.tv_nsec < kNanosecondsPerSecond;
  timespec now{};
  timespec real_now{};
  if (clock == CLOCK_REALTIME || !valid || clock_gettime(clock, &now) != 0) return deadline;
  clock_gettime(CLOCK_REALTIME, &real_now);
  constexpr std::int64_t kFarAway_s = 1'000'000'000;
  if (deadline.tv_sec - now.tv_sec > kFarAway_s) return {real_now.tv_sec + kFarAway_s, 0};
  std::int64_t at = in_nanoseconds(real_now) + in_nanoseconds(deadline) - in_nanoseconds(now);
  if (at < 0) at = 0;
  return {at / kNanosecondsPerSecond, at % kNanosecondsPerSecond};
}

}  // namespace

extern "C" {

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* deadline) {
  const timespec real = to_real_time(clock, *deadline);
  return pthread_mutex_timedlock(mutex, &real);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* deadline) {
  const timespec real = to_real_time(clock, *deadline);
  return pthread_rwlock_timedrdlock(lock, &real);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock, const timespec* deadline) {
  const timespec real = to_real_time(clock, *deadline);
  return pthread_rwlock_timedwrlock(lock, &real);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* deadline) {
  const timespec real = to_real_time(clock, *deadline);
  return sem_timedwait(semaphore, &real);
}

}  // extern "C"
