// One mutex for the notes, a condition for those who want to read and one for those who want to
// write. The mutex is held while the notes are looked at or changed, never while somebody is
// inside.
#include "readers_writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

struct RWLock::State {
  mutable std::mutex mutex;
  std::condition_variable may_read;
  std::condition_variable may_write;
  std::vector<std::thread::id> inside;  // who reads
  std::thread::id writer;               // who writes; nobody: the id of no thread
  int waiting_readers = 0;
  int waiting_writers = 0;

  bool is_written() const { return writer != std::thread::id{}; }
  bool readable() const { return !is_written() && waiting_writers == 0; }
  bool writable() const { return !is_written() && inside.empty(); }

  void expect_outside() const {
    const std::thread::id me = std::this_thread::get_id();
    if (writer == me || std::find(inside.begin(), inside.end(), me) != inside.end()) {
      throw std::logic_error("this thread holds the lock already: leave before you ask again");
    }
  }

  void let_waiting_in() {
    if (waiting_writers > 0) {
      may_write.notify_one();
    } else {
      may_read.notify_all();
    }
  }
};

RWLock::RWLock() : state_(std::make_unique<State>()) {}
RWLock::~RWLock() = default;

void RWLock::acquire_read() {
  std::unique_lock lock(state_->mutex);
  state_->expect_outside();
  ++state_->waiting_readers;
  state_->may_read.wait(lock, [&] { return state_->readable(); });
  --state_->waiting_readers;
  state_->inside.push_back(std::this_thread::get_id());
}

bool RWLock::try_acquire_read() { return try_acquire_read_for(std::chrono::milliseconds(0)); }

bool RWLock::try_acquire_read_for(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  state_->expect_outside();
  bool may = state_->readable();
  if (!may && patience > patience.zero()) {
    ++state_->waiting_readers;
    may = state_->may_read.wait_for(lock, patience, [&] { return state_->readable(); });
    --state_->waiting_readers;
  }
  if (may) state_->inside.push_back(std::this_thread::get_id());
  return may;
}

void RWLock::release_read() {
  const std::lock_guard lock(state_->mutex);
  if (std::erase(state_->inside, std::this_thread::get_id()) == 0) {
    throw std::logic_error("this thread does not read");
  }
  // Readers never wait for a reader: who waits to read now waits for a writer who waits, too.
  if (state_->inside.empty()) state_->may_write.notify_one();
}

void RWLock::acquire_write() {
  std::unique_lock lock(state_->mutex);
  state_->expect_outside();
  ++state_->waiting_writers;
  state_->may_write.wait(lock, [&] { return state_->writable(); });
  --state_->waiting_writers;
  state_->writer = std::this_thread::get_id();
}

bool RWLock::try_acquire_write() { return try_acquire_write_for(std::chrono::milliseconds(0)); }

bool RWLock::try_acquire_write_for(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  state_->expect_outside();
  bool may = state_->writable();
  if (!may && patience > patience.zero()) {
    ++state_->waiting_writers;
    may = state_->may_write.wait_for(lock, patience, [&] { return state_->writable(); });
    --state_->waiting_writers;
    if (!may && state_->waiting_writers == 0) state_->may_read.notify_all();
  }
  if (may) state_->writer = std::this_thread::get_id();
  return may;
}

void RWLock::release_write() {
  const std::lock_guard lock(state_->mutex);
  if (state_->writer != std::this_thread::get_id()) {
    throw std::logic_error("this thread does not write");
  }
  state_->writer = {};
  state_->let_waiting_in();
}

int RWLock::readers() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->inside.size());
}

int RWLock::waiting_readers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting_readers;
}

int RWLock::waiting_writers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->waiting_writers;
}

namespace {

/// Inside an RWLock for as long as it lives, whichever way its scope is left.
class Reading {
 public:
  explicit Reading(RWLock& lock) : lock_(lock) { lock_.acquire_read(); }
  ~Reading() { lock_.release_read(); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  RWLock& lock_;
};

class Writing {
 public:
  explicit Writing(RWLock& lock) : lock_(lock) { lock_.acquire_write(); }
  ~Writing() { lock_.release_write(); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  RWLock& lock_;
};

}  // namespace

struct Dictionary::State {
  mutable RWLock lock;
  std::map<std::string, std::string> meanings;
};

Dictionary::Dictionary() : state_(std::make_unique<State>()) {}
Dictionary::~Dictionary() = default;

bool Dictionary::visit(const std::string& word,
                       const std::function<void(const std::string& meaning)>& look) const {
  const Reading reading(state_->lock);
  const auto found = state_->meanings.find(word);
  if (found == state_->meanings.end()) return false;
  look(found->second);
  return true;
}

std::string Dictionary::find_or_add(const std::string& word,
                                    const std::function<std::string()>& make) {
  {
    const Reading reading(state_->lock);
    const auto found = state_->meanings.find(word);
    if (found != state_->meanings.end()) return found->second;
  }
  // Between the two, somebody else may have added the word: look again.
  const Writing writing(state_->lock);
  const auto found = state_->meanings.find(word);
  if (found != state_->meanings.end()) return found->second;
  return state_->meanings.emplace(word, make()).first->second;
}

int Dictionary::size() const {
  const Reading reading(state_->lock);
  return static_cast<int>(state_->meanings.size());
}
