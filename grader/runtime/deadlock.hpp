#pragma once

#include "runtime/world.hpp"

namespace grader::runtime {

/// Nobody can ever go on: tells who waits for what, the cycle first; a lost wake-up by its name.
void report_deadlock();

/// The step budget is used up: tells who goes round in circles.
void report_livelock();

/// What should not be there when `exiting` ends the process: locks that it or an ended thread
/// holds, threads never joined nor detached. What other threads are in the middle of is not a
/// mistake.
void report_leftovers(const Thread& exiting);

}  // namespace grader::runtime
