#pragma once

#include <stdio.h>

#include "runtime/world.hpp"

namespace grader::runtime {

/// The scheduling point before an output to `file`; waits while somebody else holds it. Returns the
/// calling thread when it is controlled.
Thread* output_point(FILE* file, const void* caller);

/// Records what goes to standard output or standard error.
void note_output(Thread* self, FILE* file, const char* text, std::size_t size);

/// Writes out what `file`, when it is on a pipe or socket, has in its buffer: waits in the model
/// while there is no room, where the C library would wait with the baton in hand.
bool drain(Thread& self, FILE* file, std::uint64_t location);

}  // namespace grader::runtime
