// Exercise 6: your work goes here, and only here. README.md says what each function must do.
#include "queue.hpp"

// What you put into this struct is yours to decide.
struct BoundedQueue::State {};

BoundedQueue::BoundedQueue(std::size_t) : state_(std::make_unique<State>()) {}
BoundedQueue::~BoundedQueue() = default;
bool BoundedQueue::push(int) { return false; }
std::optional<int> BoundedQueue::pop() { return std::nullopt; }
bool BoundedQueue::try_push(int) { return false; }
std::optional<int> BoundedQueue::try_pop() { return std::nullopt; }
bool BoundedQueue::push_for(int, std::chrono::milliseconds) { return false; }
std::optional<int> BoundedQueue::pop_for(std::chrono::milliseconds) { return std::nullopt; }
void BoundedQueue::close() {}
bool BoundedQueue::is_closed() const { return false; }
std::size_t BoundedQueue::size() const { return 0; }
std::size_t BoundedQueue::consume(const std::function<void(int)>&) { return 0; }
