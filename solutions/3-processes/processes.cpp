// Exercise 3, reference solution. Everything that processes share lives in anonymous shared memory,
// guarded by process-shared mutexes; messages go through a pipe, each behind its length.
#include "processes.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <mutex>
#include <new>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// One T in memory that this process and all its later children share.
template <class T>
class Shared {
 public:
  Shared() {
    void* memory =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    value_ = new (memory) T;
  }
  ~Shared() {
    value_->~T();
    munmap(value_, sizeof(T));
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* value_;
};

struct SharedMutex {
  SharedMutex() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&native, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  ~SharedMutex() { pthread_mutex_destroy(&native); }
  void lock() { pthread_mutex_lock(&native); }
  void unlock() { pthread_mutex_unlock(&native); }
  pthread_mutex_t native;
};

using Holding = std::lock_guard<SharedMutex>;

timespec point_in(milliseconds timeout) {
  timespec point{};
  clock_gettime(CLOCK_MONOTONIC, &point);
  const long nanoseconds = point.tv_nsec + (timeout.count() % 1000) * 1'000'000;
  point.tv_sec += timeout.count() / 1000 + nanoseconds / 1'000'000'000;
  point.tv_nsec = nanoseconds % 1'000'000'000;
  return point;
}

struct SharedCondition {
  SharedCondition() {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&native, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  ~SharedCondition() { pthread_cond_destroy(&native); }
  void wait(SharedMutex& mutex) { pthread_cond_wait(&native, &mutex.native); }
  bool wait_until(SharedMutex& mutex, const timespec& point) {
    return pthread_cond_timedwait(&native, &mutex.native, &point) != ETIMEDOUT;
  }
  void notify_one() { pthread_cond_signal(&native); }
  void notify_all() { pthread_cond_broadcast(&native); }
  pthread_cond_t native;
};

struct Flag {
  SharedMutex mutex;
  SharedCondition raised;
  bool up = false;
};

struct Ring {
  static constexpr std::size_t kRoomMax = 1000;
  SharedMutex mutex;
  SharedCondition changed;
  std::size_t capacity = 1;
  std::size_t first = 0;
  std::size_t count = 0;
  bool closed = false;
  long items[kRoomMax] = {};
};

}  // namespace

struct Process::State {
  std::string name;
  std::function<int()> target = nullptr;
  pid_t pid = 0;
  std::optional<int> exitcode = std::nullopt;

  /// waitpid, once; true when the process has ended, now or before.
  bool look(int options) {
    if (pid == 0 || exitcode) return exitcode.has_value();
    int status = 0;
    pid_t found = -1;
    do {
      found = waitpid(pid, &status, options);
    } while (found < 0 && errno == EINTR);
    if (found < 0) fail("waitpid");
    if (found == pid) exitcode = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    return exitcode.has_value();
  }
  void require_started() const {
    if (pid == 0) throw std::logic_error("the process " + name + " was not started");
  }
};

Process::Process(std::string name, std::function<int()> target)
    : state_(std::make_unique<State>(State{std::move(name), std::move(target)})) {}
Process::Process(std::string name) : Process(std::move(name), nullptr) {}

Process::~Process() {
  if (state_->pid != 0) state_->look(0);
}

const std::string& Process::name() const { return state_->name; }
int Process::run() { return state_->target ? state_->target() : 0; }

void Process::start() {
  if (state_->pid != 0) throw std::logic_error("the process " + name() + " was started before");
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) {
    state_->pid = pid;
    return;
  }
  int code = 1;
  try {
    code = run();
  } catch (...) {
  }
  std::cout.flush();
  std::fflush(nullptr);
  _exit(code);
}

void Process::join() {
  state_->require_started();
  state_->look(0);
}

bool Process::join_for(milliseconds timeout) {
  state_->require_started();
  const auto end = steady_clock::now() + timeout;
  while (!state_->look(WNOHANG)) {
    if (steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

bool Process::is_alive() { return state_->pid != 0 && !state_->look(WNOHANG); }

std::optional<int> Process::exitcode() {
  state_->look(WNOHANG);
  return state_->exitcode;
}

void Process::terminate() {
  if (is_alive()) kill(state_->pid, SIGTERM);
}

pid_t Process::pid() const { return state_->pid; }

Numbers::Numbers(std::string name, int limit, std::function<void(int)> say)
    : Process(std::move(name)), limit_(limit), say_(std::move(say)) {}

int Numbers::run() {
  for (int i = getpid() % 2; i < limit_; i += 2) say_(i);
  return 0;
}

void even_or_odd(int limit, const std::function<void(int)>& say) {
  Numbers first("first", limit, say);
  Numbers second("second", limit, say);
  first.start();
  second.start();
  first.join();
  second.join();
  std::cout << *first.exitcode() << ", " << *second.exitcode() << std::endl;
}

void how_are_you() {
  const auto ask = [] {
    std::cout << "How are you ?\n";
    return 0;
  };
  Process first("first", ask);
  Process second("second", ask);
  first.start();
  second.start();
  first.join();
  second.join();
  const auto word = [](bool alive) { return alive ? "True" : "False"; };
  std::cout << word(first.is_alive()) << ", " << word(second.is_alive()) << std::endl;
}

struct Pipe::State {
  int receiving = -1;
  int sending = -1;

  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }

  bool write_all(const char* data, std::size_t size) const {
    while (size > 0) {
      const ssize_t written = write(sending, data, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      data += written;
      size -= static_cast<std::size_t>(written);
    }
    return true;
  }

  bool read_all(char* data, std::size_t size) const {
    while (size > 0) {
      const ssize_t got = read(receiving, data, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      data += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }
};

Pipe::Pipe() : state_(std::make_unique<State>()) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  state_->receiving = ends[0];
  state_->sending = ends[1];
}

Pipe::~Pipe() {
  close_receiving();
  close_sending();
}

bool Pipe::send(std::string_view message) {
  if (state_->sending < 0) return false;
  // Without a reader `write` is to fail with EPIPE, not to end this process.
  struct sigaction ignore {};
  struct sigaction before {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &before);
  const std::uint64_t size = message.size();
  const bool sent = state_->write_all(reinterpret_cast<const char*>(&size), sizeof size) &&
                    state_->write_all(message.data(), message.size());
  sigaction(SIGPIPE, &before, nullptr);
  return sent;
}

std::optional<std::string> Pipe::receive() {
  if (state_->receiving < 0) return std::nullopt;
  std::uint64_t size = 0;
  if (!state_->read_all(reinterpret_cast<char*>(&size), sizeof size)) return std::nullopt;
  std::string message(size, '\0');
  if (!state_->read_all(message.data(), message.size())) return std::nullopt;
  return message;
}

void Pipe::close_sending() { State::close_end(state_->sending); }
void Pipe::close_receiving() { State::close_end(state_->receiving); }

struct Lock::State {
  Shared<SharedMutex> mutex;
};

Lock::Lock() : state_(std::make_unique<State>()) {}
Lock::~Lock() = default;
void Lock::acquire() { state_->mutex->lock(); }
void Lock::release() { state_->mutex->unlock(); }

struct Condition::State {
  explicit State(SharedMutex& of_lock) : mutex(of_lock) {}
  SharedMutex& mutex;
  Shared<SharedCondition> condition = {};
};

Condition::Condition(Lock& lock) : state_(std::make_unique<State>(*lock.state_->mutex)) {}
Condition::~Condition() = default;
void Condition::wait() { state_->condition->wait(state_->mutex); }
void Condition::notify_one() { state_->condition->notify_one(); }
void Condition::notify_all() { state_->condition->notify_all(); }

struct Event::State {
  Shared<Flag> flag;
};

Event::Event() : state_(std::make_unique<State>()) {}
Event::~Event() = default;

void Event::set() {
  const Holding holding(state_->flag->mutex);
  state_->flag->up = true;
  state_->flag->raised.notify_all();
}

void Event::clear() {
  const Holding holding(state_->flag->mutex);
  state_->flag->up = false;
}

bool Event::is_set() const {
  const Holding holding(state_->flag->mutex);
  return state_->flag->up;
}

void Event::wait() {
  const Holding holding(state_->flag->mutex);
  while (!state_->flag->up) state_->flag->raised.wait(state_->flag->mutex);
}

bool Event::wait_for(milliseconds timeout) {
  const timespec end = point_in(timeout);
  const Holding holding(state_->flag->mutex);
  while (!state_->flag->up) {
    if (!state_->flag->raised.wait_until(state_->flag->mutex, end)) break;
  }
  return state_->flag->up;
}

struct Queue::State {
  Shared<Ring> ring;
};

Queue::Queue(std::size_t capacity) : state_(std::make_unique<State>()) {
  state_->ring->capacity = std::clamp<std::size_t>(capacity, 1, Ring::kRoomMax);
}
Queue::~Queue() = default;

bool Queue::put(long item) {
  Ring& ring = *state_->ring;
  const Holding holding(ring.mutex);
  while (ring.count == ring.capacity && !ring.closed) ring.changed.wait(ring.mutex);
  if (ring.closed) return false;
  ring.items[(ring.first + ring.count) % ring.capacity] = item;
  ++ring.count;
  ring.changed.notify_all();
  return true;
}

std::optional<long> Queue::get() {
  Ring& ring = *state_->ring;
  const Holding holding(ring.mutex);
  while (ring.count == 0 && !ring.closed) ring.changed.wait(ring.mutex);
  if (ring.count == 0) return std::nullopt;
  const long item = ring.items[ring.first];
  ring.first = (ring.first + 1) % ring.capacity;
  --ring.count;
  ring.changed.notify_all();
  return item;
}

void Queue::close() {
  const Holding holding(state_->ring->mutex);
  state_->ring->closed = true;
  state_->ring->changed.notify_all();
}
