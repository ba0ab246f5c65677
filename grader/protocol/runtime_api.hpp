#pragma once

#include "protocol/event.hpp"

// What the controlled runtime offers to the harness. Weak: without the runtime they are null.
extern "C" {
/// Fills in step, virtual time, process and thread of `event` as the runtime counts them, and
/// appends it to the channel. Not a scheduling point. Returns false, and appends nothing, when the
/// calling thread is not controlled.
__attribute__((weak)) bool grader_runtime_append(grader::protocol::Event* event);
}
