#include "threads.hpp"

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

// ---- Worker ----------------------------------------------------------------------------------

struct Worker::State {
  const std::string name;
  const std::function<void()> work;
  mutable std::mutex mutex;  // guards the two flags
  bool started = false;
  bool alive = false;
  std::thread thread;  // touched only by the threads that own the Worker

  State(std::string n, std::function<void()> w) : name(std::move(n)), work(std::move(w)) {}

  void run() {
    work();
    const std::lock_guard lock(mutex);
    alive = false;
  }
};

Worker::Worker(std::string name, std::function<void()> work)
    : state_(std::make_unique<State>(std::move(name), std::move(work))) {}

Worker::~Worker() {
  if (state_->thread.joinable()) state_->thread.join();
}

const std::string& Worker::name() const { return state_->name; }

void Worker::start() {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->started) throw std::logic_error("worker " + state_->name + " was started before");
    state_->started = true;
    state_->alive = true;
  }
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Worker::join() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->started) throw std::logic_error("worker " + state_->name + " was not started");
  }
  if (state_->thread.joinable()) state_->thread.join();
}

bool Worker::is_alive() const {
  const std::lock_guard lock(state_->mutex);
  return state_->alive;
}

void run_all(const std::vector<std::string>& names,
             const std::function<void(std::string_view)>& work,
             const std::function<void(std::string_view)>& say) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (const std::string& name : names) {
    workers.push_back(std::make_unique<Worker>(name, [&work, &say, name] {
      work(name);
      say("ending " + name);
    }));
    say("starting " + name);
    workers.back()->start();
  }
  for (const auto& worker : workers) {
    say("waiting " + worker->name());
    worker->join();
  }
  say("all over");
}

// ---- Lock ------------------------------------------------------------------------------------

struct Lock::State {
  std::mutex mutex;  // guards `held`, for a moment only; the Lock itself is `held`
  std::condition_variable released;
  bool held = false;
};

Lock::Lock() : state_(std::make_unique<State>()) {}
Lock::~Lock() = default;

void Lock::acquire() {
  std::unique_lock guard(state_->mutex);
  state_->released.wait(guard, [this] { return !state_->held; });
  state_->held = true;
}

bool Lock::try_acquire() {
  const std::lock_guard guard(state_->mutex);
  return !std::exchange(state_->held, true);
}

void Lock::release() {
  const std::lock_guard guard(state_->mutex);
  if (!state_->held) throw std::logic_error("nobody holds the lock");
  state_->held = false;
  state_->released.notify_one();
}

// ---- RLock -----------------------------------------------------------------------------------

struct RLock::State {
  std::mutex mutex;
  std::condition_variable released;
  std::thread::id owner;  // nobody when default-constructed
  int depth = 0;
};

RLock::RLock() : state_(std::make_unique<State>()) {}
RLock::~RLock() = default;

void RLock::acquire() {
  const std::thread::id self = std::this_thread::get_id();
  std::unique_lock guard(state_->mutex);
  if (state_->owner != self) {
    state_->released.wait(guard, [this] { return state_->depth == 0; });
    state_->owner = self;
  }
  ++state_->depth;
}

void RLock::release() {
  const std::lock_guard guard(state_->mutex);
  if (state_->owner != std::this_thread::get_id()) {
    throw std::logic_error("the lock is held by another thread, or by nobody");
  }
  if (--state_->depth > 0) return;
  state_->owner = {};
  state_->released.notify_one();
}

// ---- Counter ---------------------------------------------------------------------------------

struct Counter::State {
  mutable Lock lock;
  long sum = 0;
};

Counter::Counter() : state_(std::make_unique<State>()) {}
Counter::~Counter() = default;

long Counter::add(long amount) {
  state_->lock.acquire();
  const long sum = state_->sum += amount;
  state_->lock.release();
  return sum;
}

long Counter::value() const {
  state_->lock.acquire();
  const long sum = state_->sum;
  state_->lock.release();
  return sum;
}

// ---- The critical section of the lesson ------------------------------------------------------

void print_python(int threads, bool locked, const std::function<void(char)>& put,
                  const std::function<void()>& pause) {
  Lock lock;
  const auto print_word = [&] {
    if (locked) lock.acquire();
    for (const char letter : std::string_view("PYTHON")) {
      pause();
      put(letter);
    }
    put(' ');
    if (locked) lock.release();
  };
  put('<');
  std::vector<std::thread> printers;
  for (int i = 0; i < threads; ++i) printers.emplace_back(print_word);
  for (std::thread& printer : printers) printer.join();
  put('>');
}
