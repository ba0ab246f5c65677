// Exercise 5: your work goes here, and only here. README.md says what each function must do.
#include "futures.hpp"

// What you put into these structs is yours to decide.
struct Future::State {};
struct Pool::State {};

int Future::get() const { return 0; }
bool Future::wait_for(std::chrono::milliseconds) const { return false; }
bool Future::is_over() const { return false; }
bool Future::cancel() { return false; }

Pool::Pool(int) : state_(std::make_unique<State>()) {}
Pool::~Pool() = default;
Future Pool::submit(std::function<int()>) { return Future(std::make_shared<Future::State>()); }
void Pool::shutdown(bool) {}

std::vector<int> map(Pool&, const std::function<int(int)>&, const std::vector<int>&) { return {}; }
