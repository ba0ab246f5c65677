#pragma once

#include "runtime/world.hpp"

namespace grader::runtime {

/// A fork by `parent` copies its process's memory: locks that are held are held in the copy too, by
/// `child` where they were `parent`'s own; nobody is there to give back the others.
void inherit_locks(Thread& parent, Thread& child);

/// `process` executes another program: nothing is left of its memory.
void forget_memory(const Process& process);

}  // namespace grader::runtime
