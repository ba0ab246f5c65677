// Exercise 9: your work goes here, and only here. README.md says what each function must do.
#include "stack.hpp"

// What you put into this struct is yours to decide.
struct Stack::State {};

Stack::Stack(std::size_t) : state_(std::make_unique<State>()) {}
Stack::~Stack() = default;
bool Stack::push(int) { return false; }
std::optional<int> Stack::pop() { return std::nullopt; }
bool Stack::empty() const { return true; }
