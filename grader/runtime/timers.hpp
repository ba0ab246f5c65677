#pragma once

#include "runtime/world.hpp"

namespace grader::runtime {

/// The time of `timer` has come: SIGALRM for its process.
void ring(Thread& timer);

/// The process ends, or executes another program: nobody waits for its alarm.
void stop_alarm(Process& process);

}  // namespace grader::runtime
