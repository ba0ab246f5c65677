#pragma once

namespace grader::runtime {

/// Once per process, before any thread of the program runs.
void prepare_threads();

/// The calling thread is a process's first: its end is to be seen as that of the others.
void adopt_main_thread();

}  // namespace grader::runtime
