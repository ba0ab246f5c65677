#include "futures.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

// ---- Future ----------------------------------------------------------------------------------
// A task goes from queued to running to over, or from queued to over at once when it is cancelled.
// Each step is taken under the lock of the task, so that "begin" and "cancel" cannot both win.

namespace {

enum class Phase { kQueued, kRunning, kOver };

}  // namespace

struct Future::State {
  std::mutex mutex;  // guards what is below; never held while the task runs
  std::condition_variable ended;
  Phase phase = Phase::kQueued;
  std::function<int()> task;
  bool cancelled = false;
  int result = 0;
  std::exception_ptr thrown;

  /// Runs the task, unless it is cancelled.
  void run() {
    {
      const std::lock_guard lock(mutex);
      if (phase != Phase::kQueued) return;
      phase = Phase::kRunning;
    }
    int value = 0;
    std::exception_ptr caught;
    try {
      value = task();
    } catch (...) {
      caught = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    result = value;
    thrown = std::move(caught);
    phase = Phase::kOver;
    ended.notify_all();
  }
};

int Future::get() const {
  std::unique_lock lock(state_->mutex);
  state_->ended.wait(lock, [this] { return state_->phase == Phase::kOver; });
  if (state_->cancelled) throw Cancelled();
  if (state_->thrown) std::rethrow_exception(state_->thrown);
  return state_->result;
}

bool Future::wait_for(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(state_->mutex);
  return state_->ended.wait_for(lock, timeout, [this] { return state_->phase == Phase::kOver; });
}

bool Future::is_over() const {
  const std::lock_guard lock(state_->mutex);
  return state_->phase == Phase::kOver;
}

bool Future::cancel() {
  const std::lock_guard lock(state_->mutex);
  if (state_->phase == Phase::kQueued) {
    state_->cancelled = true;
    state_->phase = Phase::kOver;
    state_->ended.notify_all();
  }
  return state_->cancelled;
}

// ---- Pool ------------------------------------------------------------------------------------

struct Pool::State {
  std::mutex mutex;  // guards `queue` and `closed`; never held while a task runs
  std::condition_variable changed;
  std::deque<std::shared_ptr<Future::State>> queue;
  bool closed = false;
  std::mutex joining;  // held by the one who joins, so that the others wait until he has
  std::vector<std::thread> threads;
  std::vector<std::thread::id> ids;  // fixed before the first task can ask for them

  void work() {
    while (true) {
      std::shared_ptr<Future::State> next;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return closed || !queue.empty(); });
        if (queue.empty()) return;
        next = std::move(queue.front());
        queue.pop_front();
      }
      next->run();
    }
  }
};

Pool::Pool(int threads) : state_(std::make_unique<State>()) {
  if (threads < 1) throw std::invalid_argument("a pool needs a thread at least");
  for (int i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->work(); });
    state_->ids.push_back(state_->threads.back().get_id());
  }
}

Pool::~Pool() { shutdown(true); }

Future Pool::submit(std::function<int()> task) {
  auto future = std::make_shared<Future::State>();
  future->task = std::move(task);
  const std::lock_guard lock(state_->mutex);
  if (state_->closed) throw std::logic_error("the pool is shut down");
  state_->queue.push_back(future);
  state_->changed.notify_one();
  return Future(std::move(future));
}

void Pool::shutdown(bool wait) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    state_->changed.notify_all();
  }
  if (!wait) return;
  if (std::ranges::count(state_->ids, std::this_thread::get_id()) > 0) {
    throw std::logic_error("a task cannot wait for the end of its own pool");
  }
  const std::lock_guard lock(state_->joining);
  for (std::thread& thread : state_->threads) {
    if (thread.joinable()) thread.join();
  }
}

// ---- map -------------------------------------------------------------------------------------

std::vector<int> map(Pool& pool, const std::function<int(int)>& function,
                     const std::vector<int>& values) {
  std::vector<Future> futures;
  std::exception_ptr refused;
  try {
    for (const int value : values) {
      futures.push_back(pool.submit([&function, value] { return function(value); }));
    }
  } catch (...) {
    refused = std::current_exception();
  }
  // The tasks use `function`, which is the caller's: nobody leaves before all of them are over.
  std::vector<int> results;
  std::exception_ptr thrown;
  for (const Future& future : futures) {
    try {
      results.push_back(future.get());
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  if (!thrown) thrown = refused;
  if (thrown) std::rethrow_exception(thrown);
  return results;
}
