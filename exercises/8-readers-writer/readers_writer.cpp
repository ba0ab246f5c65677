// Exercise 8: your work goes here, and only here. README.md says what each function must do.
#include "readers_writer.hpp"

// What you put into these structs is yours to decide.
struct RWLock::State {};
struct Dictionary::State {};

RWLock::RWLock() : state_(std::make_unique<State>()) {}
RWLock::~RWLock() = default;
void RWLock::acquire_read() {}
bool RWLock::try_acquire_read() { return false; }
bool RWLock::try_acquire_read_for(std::chrono::milliseconds) { return false; }
void RWLock::release_read() {}
void RWLock::acquire_write() {}
bool RWLock::try_acquire_write() { return false; }
bool RWLock::try_acquire_write_for(std::chrono::milliseconds) { return false; }
void RWLock::release_write() {}
int RWLock::readers() const { return 0; }
int RWLock::waiting_readers() const { return 0; }
int RWLock::waiting_writers() const { return 0; }

Dictionary::Dictionary() : state_(std::make_unique<State>()) {}
Dictionary::~Dictionary() = default;
bool Dictionary::visit(const std::string&, const std::function<void(const std::string&)>&) const {
  return false;
}
std::string Dictionary::find_or_add(const std::string&, const std::function<std::string()>&) {
  return "";
}
int Dictionary::size() const { return 0; }
