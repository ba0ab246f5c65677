#pragma once

#include "protocol/event.hpp"

namespace grader::protocol {

/// Name under which the harness looks up grader_runtime_append.
constexpr const char* kRuntimeAppend = "grader_runtime_append";

}  // namespace grader::protocol

// What the controlled runtime offers to the harness, which finds it by name when it is there.
extern "C" {
/// Fills in step, virtual time, process and thread of `event` as the runtime counts them, and
/// appends it to the channel. Not a scheduling point. Returns false, and appends nothing, when the
/// calling thread is not controlled.
bool grader_runtime_append(grader::protocol::Event* event);
}
