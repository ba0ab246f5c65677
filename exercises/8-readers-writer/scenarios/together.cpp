// What a lock with two ways in must do for many at once: who is inside together, who goes first.
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "harness/scenario.hpp"
#include "readers_writer.hpp"
#include "waiting.hpp"

using namespace std::chrono_literals;

namespace {

/// A value that only the lock guards, and marks for each of the two readers' pages.
struct Book {
  int pages_written = 0;

  void write(int who) {
    for (int page : {1, 2}) trace::event("page.open", {{"page", page}, {"who", who}});
    const int before = pages_written;
    std::this_thread::sleep_for(500ms);
    pages_written = before + 1;
    for (int page : {1, 2}) trace::event("page.close", {{"page", page}, {"who", who}});
  }

  void read(int page) const {
    trace::event("page.open", {{"page", page}, {"who", page}});
    const int before = pages_written;
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(pages_written, before) << "the book has changed under a reader's eyes";
    trace::event("page.close", {{"page", page}, {"who", page}});
  }
};

/// Two writers wait, then somebody who wants to read comes; `hold` gets out of the lock.
template <typename Read, typename Release>
void come_after_two_writers(RWLock& lock, const Read& read, const Release& release) {
  std::vector<std::thread> threads;
  for (int who : {1, 2}) {
    threads.emplace_back([&lock, who] {
      lock.acquire_write();
      trace::event("write.start", {{"who", who}});
      std::this_thread::sleep_for(1s);
      trace::event("write.end", {{"who", who}});
      lock.release_write();
    });
  }
  let_others_go_on();
  threads.emplace_back(read);
  let_others_go_on();
  release();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST(Writers, AreAlone) {
  RWLock lock;
  Book book;
  std::vector<std::thread> threads;
  for (int who : {3, 4}) {
    threads.emplace_back([&, who] {
      lock.acquire_write();
      book.write(who);
      lock.release_write();
    });
  }
  threads.emplace_back([&] {
    lock.acquire_read();
    book.read(1);
    lock.release_read();
  });
  if (!lock.try_acquire_read_for(2s)) lock.acquire_read();
  book.read(2);
  lock.release_read();
  for (std::thread& thread : threads) thread.join();
  lock.acquire_read();
  EXPECT_EQ(book.pages_written, 2);
  lock.release_read();
}

TEST(Writers, WhoTryAreAlone) {
  RWLock lock;
  Book book;
  std::thread reader([&] {
    lock.acquire_read();
    book.read(1);
    lock.release_read();
  });
  std::thread other([&] {
    if (!lock.try_acquire_read()) return;
    book.read(2);
    lock.release_read();
  });
  if (lock.try_acquire_write() || lock.try_acquire_write_for(1s)) {
    book.write(3);
    lock.release_write();
  }
  reader.join();
  other.join();
}

TEST(Readers, CanBeInsideTogether) {
  RWLock lock;
  const auto read = [&](int who) {
    lock.acquire_read();
    trace::event("read.start", {{"who", who}});
    std::this_thread::sleep_for(10s);
    trace::event("read.end", {{"who", who}});
    lock.release_read();
  };
  std::vector<std::thread> threads;
  for (int who : {1, 2, 3}) threads.emplace_back(read, who);
  read(4);
  for (std::thread& thread : threads) thread.join();
}

TEST(Preference, WhoWantsToReadGivesWayToWaitingWriters) {
  RWLock lock;
  const auto read = [&] {
    lock.acquire_read();
    trace::event("read.start");
    lock.release_read();
  };
  lock.acquire_read();
  come_after_two_writers(lock, read, [&] { lock.release_read(); });
}

TEST(Preference, NeitherTryNorPatienceGoesPastAWaitingWriter) {
  RWLock lock;
  const auto read = [&] {
    if (lock.try_acquire_read() || lock.try_acquire_read_for(5s)) {
      trace::event("read.start");
      lock.release_read();
    }
    lock.acquire_read();
    trace::event("read.start");
    lock.release_read();
  };
  lock.acquire_read();
  come_after_two_writers(lock, read, [&] { lock.release_read(); });
}

TEST(Preference, AReaderWhoCameFirstGivesWayToo) {
  RWLock lock;
  lock.acquire_write();
  std::thread early([&] {
    lock.acquire_read();
    trace::event("read.start");
    lock.release_read();
  });
  let_others_go_on();
  const auto nothing_more = [] {};
  come_after_two_writers(lock, nothing_more, [&] { lock.release_write(); });
  early.join();
}

TEST(Liveness, AllReadersBehindAWriterGetIn) {
  RWLock lock;
  std::atomic<int> inside = 0;
  const auto meet = [&] {
    lock.acquire_read();
    ++inside;
    inside.notify_all();
    for (int seen = inside; seen < 2; seen = inside) inside.wait(seen);
    lock.release_read();
  };
  lock.acquire_write();
  std::thread first(meet);
  std::thread second(meet);
  let_others_go_on();
  lock.release_write();
  first.join();
  second.join();
}

TEST(Liveness, EverybodyComesAndGoes) {
  RWLock lock;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      lock.acquire_write();
      lock.release_write();
      lock.acquire_read();
      lock.release_read();
    });
  }
  threads.emplace_back([&] {
    lock.acquire_read();
    lock.release_read();
    if (lock.try_acquire_write_for(100ms)) lock.release_write();
  });
  lock.acquire_read();
  lock.release_read();
  for (std::thread& thread : threads) thread.join();
}
