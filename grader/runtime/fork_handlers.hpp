#pragma once

namespace grader::runtime {

// pthread_atfork's handlers: run under control, around a fork. Those of the child run once the
// child has the baton; the C library would run them too early.
void run_handlers_before_fork();
void run_handlers_in_parent();
void run_handlers_in_child();

}  // namespace grader::runtime
