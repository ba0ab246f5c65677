#include "stack.hpp"

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <vector>

// All nodes are made by the constructor and go round between two lists, those in use and those
// free. A list's head is one 64-bit word: the index of its first node, and beside it a version that
// grows with every change. A thread that slept while a node left the list and came back finds
// another version, so its exchange fails.

namespace {

constexpr std::uint32_t kNone = 0;

std::uint32_t index_of(std::uint64_t head) { return static_cast<std::uint32_t>(head); }

std::uint64_t next_version(std::uint64_t head, std::uint32_t index) {
  return (((head >> 32) + 1) << 32) | index;
}

struct Node {
  std::atomic<std::uint32_t> next{kNone};  // atomic: a loser reads it while the winner writes it
  int value = 0;                           // plain: only the node's owner touches it
};

class List {
 public:
  explicit List(std::vector<Node>& nodes) : nodes_(nodes) {}

  void put(std::uint32_t index) {
    std::uint64_t old = head_.load(std::memory_order_relaxed);
    do {
      nodes_[index].next.store(index_of(old), std::memory_order_relaxed);
    } while (!head_.compare_exchange_weak(old, next_version(old, index), std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
  }

  std::uint32_t take() {
    std::uint64_t old = head_.load(std::memory_order_acquire);
    while (index_of(old) != kNone) {
      const std::uint32_t next = nodes_[index_of(old)].next.load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(old, next_version(old, next), std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return index_of(old);
      }
    }
    return kNone;
  }

  bool empty() const { return index_of(head_.load(std::memory_order_acquire)) == kNone; }

 private:
  std::vector<Node>& nodes_;
  std::atomic<std::uint64_t> head_{kNone};
};

}  // namespace

struct Stack::State {
  explicit State(std::size_t capacity) : nodes(capacity + 1) {
    for (std::size_t i = 1; i <= capacity; ++i) unused.put(static_cast<std::uint32_t>(i));
  }

  std::vector<Node> nodes;  // the one at index 0 stands for "none"
  List unused{nodes};
  List used{nodes};
};

Stack::Stack(std::size_t capacity) {
  if (capacity < 1 || capacity > 60000) throw std::invalid_argument("capacity: 1 to 60000");
  state_ = std::make_unique<State>(capacity);
}

Stack::~Stack() = default;

bool Stack::push(int value) {
  const std::uint32_t index = state_->unused.take();
  if (index == kNone) return false;
  state_->nodes[index].value = value;
  state_->used.put(index);
  return true;
}

std::optional<int> Stack::pop() {
  const std::uint32_t index = state_->used.take();
  if (index == kNone) return std::nullopt;
  const int value = state_->nodes[index].value;
  state_->unused.put(index);
  return value;
}

bool Stack::empty() const { return state_->used.empty(); }
