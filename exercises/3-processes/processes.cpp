// Exercise 3: your work goes here, and only here. README.md says what each function must do.
#include "processes.hpp"

// What you put into these structs is yours to decide.
struct Process::State {
  std::string name;
};
struct Pipe::State {};
struct Lock::State {};
struct Condition::State {};
struct Event::State {};
struct Queue::State {};

Process::Process(std::string name, std::function<int()>)
    : state_(std::make_unique<State>(State{std::move(name)})) {}
Process::Process(std::string name) : Process(std::move(name), nullptr) {}
Process::~Process() = default;
const std::string& Process::name() const { return state_->name; }
void Process::start() {}
int Process::run() { return 0; }
void Process::join() {}
bool Process::join_for(std::chrono::milliseconds) { return false; }
bool Process::is_alive() { return false; }
std::optional<int> Process::exitcode() { return std::nullopt; }
void Process::terminate() {}
pid_t Process::pid() const { return 0; }

Numbers::Numbers(std::string name, int limit, std::function<void(int)> say)
    : Process(std::move(name)), limit_(limit), say_(std::move(say)) {}
int Numbers::run() { return limit_ > 0 ? 0 : 1; }

void even_or_odd(int, const std::function<void(int)>&) {}
void how_are_you() {}

Pipe::Pipe() : state_(std::make_unique<State>()) {}
Pipe::~Pipe() = default;
bool Pipe::send(std::string_view) { return false; }
std::optional<std::string> Pipe::receive() { return std::nullopt; }
void Pipe::close_sending() {}
void Pipe::close_receiving() {}

Lock::Lock() : state_(std::make_unique<State>()) {}
Lock::~Lock() = default;
void Lock::acquire() {}
void Lock::release() {}

Condition::Condition(Lock&) : state_(std::make_unique<State>()) {}
Condition::~Condition() = default;
void Condition::wait() {}
void Condition::notify_one() {}
void Condition::notify_all() {}

Event::Event() : state_(std::make_unique<State>()) {}
Event::~Event() = default;
void Event::set() {}
void Event::clear() {}
bool Event::is_set() const { return false; }
void Event::wait() {}
bool Event::wait_for(std::chrono::milliseconds) { return false; }

Queue::Queue(std::size_t) : state_(std::make_unique<State>()) {}
Queue::~Queue() = default;
bool Queue::put(long) { return false; }
std::optional<long> Queue::get() { return std::nullopt; }
void Queue::close() {}
