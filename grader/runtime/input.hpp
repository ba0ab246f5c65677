#pragma once

#include <stdio.h>

#include "runtime/world.hpp"

namespace grader::runtime {

/// Waits until `file`, on a pipe or socket, has a byte in its buffer or can read one without
/// waiting. False when a signal came first: errno is EINTR and the next read would wait.
bool await_input(Thread& self, FILE* file, std::uint64_t location);

/// Whether `file` reads from or writes to a pipe, FIFO or socket.
bool is_on_stream(const Thread& self, FILE* file);

}  // namespace grader::runtime
