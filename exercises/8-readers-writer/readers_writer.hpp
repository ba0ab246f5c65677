#pragma once

// The fixed interface of exercise 8. Do not edit: your work goes into readers_writer.cpp.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

/// A lock with two ways in: for reading, which any number of threads may hold together, and for
/// writing, which one thread holds alone. Any thread may call any function at any time.
///
/// Four promises, whatever the threads do:
///  1. while somebody writes, nobody else writes and nobody reads;
///  2. readers never wait for readers: with no writer inside and none waiting, everybody who wants
///     to read gets in at once, however many are inside already;
///  3. writers go first: while a writer waits in `acquire_write` or `try_acquire_write_for`, no
///     further reader gets in; those who are inside finish, then the writer gets in;
///  4. when everybody who is inside gets out again, everybody who waits gets in: readers too, once
///     no writer waits any more.
///
/// The lock knows who holds it. A thread that holds it, in either way, holds it once: to ask for it
/// again in any of the six ways (to read while reading or writing, to write while writing, to write
/// while reading: the *upgrade*) throws std::logic_error at once and changes nothing. Two readers
/// who waited for their upgrade would each wait for the other to leave, for ever.
class RWLock {
 public:
  RWLock();
  ~RWLock();

  /// Waits until this thread may read.
  void acquire_read();

  /// Gets in when that is possible at once, that is, when nobody writes and no writer waits. Never
  /// waits; returns whether it got in.
  bool try_acquire_read();

  /// Waits as `acquire_read` does, for at most `patience`; returns whether it got in. With a
  /// patience of zero or less it is `try_acquire_read`.
  bool try_acquire_read_for(std::chrono::milliseconds patience);

  /// Throws std::logic_error when this thread does not hold the lock for reading.
  void release_read();

  /// Waits until this thread may write.
  void acquire_write();

  /// Gets in when that is possible at once, that is, when nobody is inside. Never waits, and so
  /// holds no reader back; returns whether it got in.
  bool try_acquire_write();

  /// Waits as `acquire_write` does, for at most `patience`; returns whether it got in. A writer who
  /// gave up no longer waits: the readers whom it held back get in now, unless another writer is
  /// inside or waits. With a patience of zero or less it is `try_acquire_write`.
  bool try_acquire_write_for(std::chrono::milliseconds patience);

  /// Throws std::logic_error when this thread does not hold the lock for writing.
  void release_write();

  /// How many threads hold the lock for reading. These three never wait for anybody to get out.
  int readers() const;

  /// How many threads wait to read.
  int waiting_readers() const;

  /// How many threads wait to write.
  int waiting_writers() const;

  RWLock(const RWLock&) = delete;
  RWLock& operator=(const RWLock&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Words and their meanings, which many threads look up and few change. Guard it with an RWLock.
/// The functions that are handed in run in the calling thread, and may take long. They must not
/// use the same dictionary: that throws std::logic_error. When one of them throws, the exception
/// reaches the caller, nothing has changed, and the dictionary can be used by everybody as before.
class Dictionary {
 public:
  Dictionary();
  ~Dictionary();

  /// Calls `look` with the meaning of `word`, and returns true; returns false when the word is not
  /// there. Any number of threads can be inside their `look` together; while one is, nothing
  /// changes.
  bool visit(const std::string& word,
             const std::function<void(const std::string& meaning)>& look) const;

  /// Returns the meaning of `word`. When the word is not there, `make` is called for it, once, and
  /// its result is kept, even when several threads ask for the same word together. Threads that ask
  /// for words that are there do not keep each other waiting.
  std::string find_or_add(const std::string& word, const std::function<std::string()>& make);

  /// How many words there are.
  int size() const;

  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
