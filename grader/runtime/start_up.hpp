#pragma once

#include "runtime/world.hpp"

namespace grader::runtime {

/// The calling thread begins to end its process: exit handlers and destructors still run under
/// control, unless `at_once`.
void end_process(Thread& self, int status, bool at_once);

/// Nothing of the program's runs any more in this process.
void finish_process(Thread& self);

}  // namespace grader::runtime
