// What a lock with two ways in must do for those who come one by one: in, out, or refused.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "harness/scenario.hpp"
#include "readers_writer.hpp"
#include "waiting.hpp"

using namespace std::chrono_literals;

namespace {

/// Whether this thread gets in at once to read; it leaves again.
bool can_read(RWLock& lock) {
  const bool in = lock.try_acquire_read();
  if (in) lock.release_read();
  return in;
}

bool can_write(RWLock& lock) {
  const bool in = lock.try_acquire_write();
  if (in) lock.release_write();
  return in;
}

/// Asks in all six ways for a lock that this thread holds.
void expect_refusals(RWLock& lock) {
  EXPECT_THROW(lock.acquire_read(), std::logic_error);
  EXPECT_THROW(lock.try_acquire_read(), std::logic_error);
  EXPECT_THROW(lock.try_acquire_read_for(1s), std::logic_error);
  EXPECT_THROW(lock.acquire_write(), std::logic_error);
  EXPECT_THROW(lock.try_acquire_write(), std::logic_error);
  EXPECT_THROW(lock.try_acquire_write_for(1s), std::logic_error);
}

}  // namespace

TEST(Basics, LetsAThreadInAndOut) {
  RWLock lock;
  for (int i = 0; i < 2; ++i) {
    lock.acquire_read();
    EXPECT_EQ(lock.readers(), 1);
    lock.release_read();
    EXPECT_EQ(lock.readers(), 0);
    lock.acquire_write();
    lock.release_write();
  }
}

TEST(Counts, TellWhoWaits) {
  RWLock lock;
  lock.acquire_write();
  std::thread reader([&] {
    lock.acquire_read();
    lock.release_read();
  });
  std::thread writer([&] {
    lock.acquire_write();
    lock.release_write();
  });
  let_others_go_on();
  EXPECT_EQ(lock.readers(), 0);
  EXPECT_EQ(lock.waiting_readers(), 1);
  EXPECT_EQ(lock.waiting_writers(), 1);
  lock.release_write();
  reader.join();
  writer.join();
  EXPECT_EQ(lock.waiting_readers(), 0);
  EXPECT_EQ(lock.waiting_writers(), 0);
}

// Each question has a thread of its own, which takes no lock before or after: nothing but the lock
// within the question itself can order it with those who come and go.
TEST(Counts, CanBeAskedWhileOthersComeAndGo) {
  RWLock lock;
  lock.acquire_write();
  std::thread reader([&] {
    lock.acquire_read();
    lock.release_read();
  });
  std::thread writer([&] {
    lock.acquire_write();
    lock.release_write();
  });
  int readers = -1, waiting_readers = -1, waiting_writers = -1;
  std::thread asks_who_reads([&] { readers = lock.readers(); });
  std::thread asks_who_waits_to_read([&] { waiting_readers = lock.waiting_readers(); });
  std::thread asks_who_waits_to_write([&] { waiting_writers = lock.waiting_writers(); });
  lock.release_write();
  for (std::thread* thread :
       {&reader, &writer, &asks_who_reads, &asks_who_waits_to_read, &asks_who_waits_to_write}) {
    thread->join();
  }
  EXPECT_TRUE(readers == 0 || readers == 1) << readers;
  EXPECT_TRUE(waiting_readers == 0 || waiting_readers == 1) << waiting_readers;
  EXPECT_TRUE(waiting_writers == 0 || waiting_writers == 1) << waiting_writers;
  EXPECT_EQ(lock.readers() + lock.waiting_readers() + lock.waiting_writers(), 0);
}

TEST(Tries, TellAtOnceWhetherTheyGotIn) {
  RWLock lock;
  EXPECT_TRUE(can_write(lock)) << "nobody is inside";
  EXPECT_TRUE(can_read(lock)) << "nobody is inside";
  lock.acquire_read();
  elsewhere([&] {
    EXPECT_FALSE(can_write(lock)) << "somebody reads";
    EXPECT_TRUE(can_read(lock)) << "a writer who only tried holds nobody back";
  });
  lock.release_read();
  lock.acquire_write();
  elsewhere([&] {
    EXPECT_FALSE(can_read(lock)) << "somebody writes";
    EXPECT_FALSE(can_write(lock)) << "somebody writes";
    EXPECT_FALSE(lock.try_acquire_read_for(-1s)) << "no patience at all";
    EXPECT_FALSE(lock.try_acquire_write_for(0s)) << "no patience at all";
  });
  lock.release_write();
  elsewhere([&] { EXPECT_TRUE(can_write(lock)) << "nobody is inside"; });
}

TEST(Timed, GiveUpWhenTheTimeIsOver) {
  RWLock lock;
  lock.acquire_write();
  elsewhere([&] {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(lock.try_acquire_read_for(40s));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 40s) << "a reader gave up too early";
    EXPECT_FALSE(lock.try_acquire_write_for(40s));
    const auto waited = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(waited, 80s) << "a writer gave up too early";
    EXPECT_LE(waited, 100s) << "gave up too late";
  });
  lock.release_write();
}

TEST(Timed, GetInWhenItIsTimely) {
  RWLock lock;
  lock.acquire_write();
  std::thread reader([&] {
    const bool in = lock.try_acquire_read_for(1h);
    EXPECT_TRUE(in);
    if (in) lock.release_read();
  });
  std::thread writer([&] {
    const bool in = lock.try_acquire_write_for(1h);
    EXPECT_TRUE(in);
    if (in) lock.release_write();
  });
  let_others_go_on();
  const auto begin = std::chrono::steady_clock::now();
  lock.release_write();
  reader.join();
  writer.join();
  EXPECT_LE(std::chrono::steady_clock::now() - begin, 30s) << "nobody told them to look again";
}

TEST(Timed, AreCountedForAsLongAsTheyWait) {
  RWLock lock;
  lock.acquire_write();
  std::thread reader([&] {
    lock.acquire_read();
    lock.release_read();
  });
  std::thread patient([&] {
    if (lock.try_acquire_read_for(1h)) lock.release_read();
  });
  std::thread writer([&] {
    lock.acquire_write();
    lock.release_write();
  });
  let_others_go_on();
  EXPECT_EQ(lock.waiting_readers(), 2);
  EXPECT_EQ(lock.waiting_writers(), 1);
  elsewhere([&] {
    EXPECT_FALSE(lock.try_acquire_read_for(1s));
    EXPECT_FALSE(lock.try_acquire_write_for(1s));
  });
  EXPECT_EQ(lock.waiting_readers(), 2) << "who gave up does not wait any more";
  EXPECT_EQ(lock.waiting_writers(), 1) << "who gave up does not wait any more";
  lock.release_write();
  reader.join();
  patient.join();
  writer.join();
  EXPECT_EQ(lock.waiting_readers(), 0);
  EXPECT_EQ(lock.waiting_writers(), 0);
}

TEST(Timed, AWriterWhoGivesUpHoldsNobodyBack) {
  RWLock lock;
  std::atomic<int> in = 0;
  lock.acquire_read();
  std::thread writer([&] { EXPECT_FALSE(lock.try_acquire_write_for(40s)); });
  let_others_go_on();
  const auto read = [&] {
    lock.acquire_read();
    ++in;
    lock.release_read();
  };
  std::thread reader(read);
  std::thread other(read);
  writer.join();
  let_others_go_on();
  EXPECT_EQ(in, 2) << "there is no writer any more, inside or waiting";
  lock.release_read();
  reader.join();
  other.join();
}

TEST(Refusal, OfWhoReadsAlready) {
  RWLock lock;
  lock.acquire_read();
  expect_refusals(lock);
  EXPECT_EQ(lock.readers(), 1);
  elsewhere([&] {
    EXPECT_TRUE(can_read(lock)) << "a refused upgrade must not count as a waiting writer";
  });
  lock.release_read();
  EXPECT_TRUE(can_write(lock)) << "a refused call must leave everything as it was";
}

TEST(Refusal, OfWhoWritesAlready) {
  RWLock lock;
  lock.acquire_write();
  expect_refusals(lock);
  elsewhere([&] { EXPECT_FALSE(can_read(lock)); });
  lock.release_write();
  EXPECT_TRUE(can_read(lock)) << "a refused call must leave everything as it was";
}

TEST(Refusal, OfWhoIsNotInside) {
  RWLock lock;
  EXPECT_THROW(lock.release_read(), std::logic_error);
  EXPECT_THROW(lock.release_write(), std::logic_error);
  lock.acquire_read();
  EXPECT_THROW(lock.release_write(), std::logic_error) << "it reads";
  elsewhere([&] { EXPECT_THROW(lock.release_read(), std::logic_error) << "another reads"; });
  EXPECT_EQ(lock.readers(), 1);
  lock.release_read();
  lock.acquire_write();
  EXPECT_THROW(lock.release_read(), std::logic_error) << "it writes";
  elsewhere([&] {
    EXPECT_THROW(lock.release_write(), std::logic_error) << "another writes";
    EXPECT_FALSE(can_read(lock));
  });
  lock.release_write();
}
