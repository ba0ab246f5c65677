#include "timer.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

// ---- Condition -------------------------------------------------------------------------------
// Each waiting thread has a record of its own in a queue; a notify takes the first out and marks
// it. So a wake-up belongs to somebody who was waiting, cannot be stolen, and a spurious return of
// the condition variable is seen through.

namespace {

struct Waiter {
  bool picked = false;
  std::condition_variable wake;
};

}  // namespace

struct Condition::State {
  std::mutex mutex;  // guards everything below; never held while a thread sleeps
  std::condition_variable released;
  bool held = false;
  std::thread::id owner;
  std::deque<Waiter*> waiters;

  void require_owner() const {
    if (!held || owner != std::this_thread::get_id()) {
      throw std::logic_error("the condition is not acquired by this thread");
    }
  }
  void take(std::unique_lock<std::mutex>& lock) {
    released.wait(lock, [this] { return !held; });
    held = true;
    owner = std::this_thread::get_id();
  }
  void give() {
    held = false;
    owner = {};
    released.notify_one();
  }
};

Condition::Condition() : state_(std::make_unique<State>()) {}
Condition::~Condition() = default;

void Condition::acquire() {
  std::unique_lock lock(state_->mutex);
  state_->take(lock);
}

void Condition::release() {
  const std::lock_guard lock(state_->mutex);
  state_->require_owner();
  state_->give();
}

void Condition::wait() {
  std::unique_lock lock(state_->mutex);
  state_->require_owner();
  Waiter self;
  state_->waiters.push_back(&self);
  state_->give();
  self.wake.wait(lock, [&self] { return self.picked; });
  state_->take(lock);
}

bool Condition::wait_for(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(state_->mutex);
  state_->require_owner();
  Waiter self;
  state_->waiters.push_back(&self);
  state_->give();
  self.wake.wait_until(lock, deadline, [&self] { return self.picked; });
  if (!self.picked) std::erase(state_->waiters, &self);
  const bool picked = self.picked;
  state_->take(lock);
  return picked;
}

void Condition::notify() {
  const std::lock_guard lock(state_->mutex);
  state_->require_owner();
  if (state_->waiters.empty()) return;
  Waiter* first = state_->waiters.front();
  state_->waiters.pop_front();
  first->picked = true;
  first->wake.notify_one();
}

void Condition::notify_all() {
  const std::lock_guard lock(state_->mutex);
  state_->require_owner();
  for (Waiter* waiter : std::exchange(state_->waiters, {})) {
    waiter->picked = true;
    waiter->wake.notify_one();
  }
}

// ---- Event -----------------------------------------------------------------------------------
// `times_set` lets those who wait see that the flag was up in between.

struct Event::State {
  mutable std::mutex mutex;
  std::condition_variable raised;
  bool up = false;
  std::uint64_t times_set = 0;
};

Event::Event() : state_(std::make_unique<State>()) {}
Event::~Event() = default;

void Event::set() {
  const std::lock_guard lock(state_->mutex);
  state_->up = true;
  ++state_->times_set;
  state_->raised.notify_all();
}

void Event::clear() {
  const std::lock_guard lock(state_->mutex);
  state_->up = false;
}

bool Event::is_set() const {
  const std::lock_guard lock(state_->mutex);
  return state_->up;
}

void Event::wait() {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t before = state_->times_set;
  state_->raised.wait(lock, [&] { return state_->up || state_->times_set != before; });
}

bool Event::wait_for(std::chrono::milliseconds timeout) {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t before = state_->times_set;
  return state_->raised.wait_for(lock, timeout,
                                 [&] { return state_->up || state_->times_set != before; });
}

// ---- Timer -----------------------------------------------------------------------------------

struct Timer::State {
  enum class Phase { idle, counting, running, over };

  std::mutex mutex;
  std::condition_variable changed;
  Phase phase = Phase::idle;
  bool started = false;
  std::chrono::milliseconds interval{};
  std::function<void()> function;
  std::thread thread;

  void run() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, interval, [this] { return phase == Phase::over; });
    if (phase == Phase::over) return;
    phase = Phase::running;
    lock.unlock();
    function();
    lock.lock();
    phase = Phase::over;
    changed.notify_all();
  }
};

Timer::Timer(std::chrono::milliseconds interval, std::function<void()> function)
    : state_(std::make_unique<State>()) {
  state_->interval = interval;
  state_->function = std::move(function);
}

Timer::~Timer() {
  cancel();
  if (state_->thread.joinable()) state_->thread.join();
}

void Timer::start() {
  const std::lock_guard lock(state_->mutex);
  if (state_->started) throw std::logic_error("the timer was started before");
  state_->started = true;
  if (state_->phase == State::Phase::over) return;
  state_->phase = State::Phase::counting;
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void Timer::cancel() {
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == State::Phase::running) return;
  state_->phase = State::Phase::over;
  state_->changed.notify_all();
}

void Timer::join() {
  std::unique_lock lock(state_->mutex);
  if (!state_->started) throw std::logic_error("the timer was not started");
  if (state_->thread.get_id() == std::this_thread::get_id()) {
    throw std::logic_error("a timer's own function cannot join it");
  }
  state_->changed.wait(lock, [this] { return state_->phase == State::Phase::over; });
}

bool Timer::is_alive() const {
  const std::lock_guard lock(state_->mutex);
  return state_->phase == State::Phase::counting || state_->phase == State::Phase::running;
}

// ---- The program of the lesson ---------------------------------------------------------------

void delayed_task(const std::function<void(std::string_view)>& say) {
  using namespace std::chrono_literals;
  say("submitted");
  Timer timer(3s, [&say] {
    say("running");
    std::this_thread::sleep_for(10s);
    say("over");
  });
  timer.start();
  timer.join();
}
