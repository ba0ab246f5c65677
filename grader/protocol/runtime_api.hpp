#pragma once

#include "protocol/event.hpp"

namespace grader::protocol {

/// Name under which the harness looks up grader_runtime_append.
constexpr const char* kRuntimeAppend = "grader_runtime_append";
constexpr const char* kRuntimeServe = "grader_runtime_serve";

}  // namespace grader::protocol

// What the controlled runtime offers to the harness, which finds it by name when it is there.
extern "C" {
/// Fills in step, virtual time, process and thread of `event` as the runtime counts them, and
/// appends it to the channel. Not a scheduling point. Returns false, and appends nothing, when the
/// calling thread is not controlled.
bool grader_runtime_append(grader::protocol::Event* event);

/// Becomes the warm parent of the runs that the grader asks for, and returns in each of them, with
/// the run begun: see kForkLateVariable. Returns at once when that is not set.
void grader_runtime_serve();
}
