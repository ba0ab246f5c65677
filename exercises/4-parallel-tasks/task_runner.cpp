// Exercise 4, second half: your work goes here. README.md says what each function must do.
#include "task_runner.hpp"

// What you put into this struct is yours to decide.
struct TaskRunner::State {};

TaskRunner::TaskRunner(std::size_t, std::chrono::milliseconds, Observer)
    : state_(std::make_unique<State>()) {}
TaskRunner::~TaskRunner() = default;
std::vector<TaskResult> TaskRunner::run(const std::vector<Task>&) { return {}; }
void TaskRunner::cancel() {}
