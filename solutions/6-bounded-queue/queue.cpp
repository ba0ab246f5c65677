#include "queue.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

// One mutex guards everything. Those who wait for room and those who wait for a value sleep on
// condition variables of their own, so that a notify_one never reaches somebody of the wrong kind:
// one value more lets one consumer go on, one place more lets one producer go on.

struct BoundedQueue::State {
  mutable std::mutex mutex;
  std::condition_variable room_or_closed;
  std::condition_variable value_or_closed;
  std::deque<int> values;
  std::size_t capacity = 0;
  bool closed = false;

  [[nodiscard]] bool can_push() const { return closed || values.size() < capacity; }
  [[nodiscard]] bool can_pop() const { return closed || !values.empty(); }

  /// The caller holds the mutex.
  bool put(int value) {
    if (closed || values.size() == capacity) return false;
    values.push_back(value);
    value_or_closed.notify_one();
    return true;
  }

  /// The caller holds the mutex.
  std::optional<int> take() {
    if (values.empty()) return std::nullopt;
    const int value = values.front();
    values.pop_front();
    room_or_closed.notify_one();
    return value;
  }
};

BoundedQueue::BoundedQueue(std::size_t capacity) : state_(std::make_unique<State>()) {
  if (capacity == 0) throw std::invalid_argument("a queue needs room for one value at least");
  state_->capacity = capacity;
}

BoundedQueue::~BoundedQueue() = default;

bool BoundedQueue::push(int value) {
  std::unique_lock lock(state_->mutex);
  state_->room_or_closed.wait(lock, [this] { return state_->can_push(); });
  return state_->put(value);
}

std::optional<int> BoundedQueue::pop() {
  std::unique_lock lock(state_->mutex);
  state_->value_or_closed.wait(lock, [this] { return state_->can_pop(); });
  return state_->take();
}

bool BoundedQueue::try_push(int value) {
  const std::lock_guard lock(state_->mutex);
  return state_->put(value);
}

std::optional<int> BoundedQueue::try_pop() {
  const std::lock_guard lock(state_->mutex);
  return state_->take();
}

bool BoundedQueue::push_for(int value, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(state_->mutex);
  state_->room_or_closed.wait_until(lock, deadline, [this] { return state_->can_push(); });
  return state_->put(value);
}

std::optional<int> BoundedQueue::pop_for(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(state_->mutex);
  state_->value_or_closed.wait_until(lock, deadline, [this] { return state_->can_pop(); });
  return state_->take();
}

void BoundedQueue::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->room_or_closed.notify_all();
  state_->value_or_closed.notify_all();
}

bool BoundedQueue::is_closed() const {
  const std::lock_guard lock(state_->mutex);
  return state_->closed;
}

std::size_t BoundedQueue::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->values.size();
}

std::size_t BoundedQueue::consume(const std::function<void(int)>& work) {
  std::size_t count = 0;
  while (const std::optional<int> value = pop()) {
    work(*value);
    ++count;
  }
  return count;
}
