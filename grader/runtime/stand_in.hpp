#pragma once

#include "runtime/world.hpp"

// A FIFO open for both in the place of a descriptor that the kernel makes readable: there are bytes
// in it from the moment that the model says so until it is read. So poll, select and epoll, fork
// and dup find what they should, and it wakes whom a stream wakes.
namespace grader::runtime {

/// A new one under the lowest free number; of `flags` it heeds O_NONBLOCK and O_CLOEXEC. -1, with
/// errno set, when it cannot be had.
int make_stand_in(int flags);

/// Makes it readable, through the process that made it under the number `fd`. False when `fd` is
/// not `stream` there any more.
bool fill_stand_in(const Process& maker, int fd, Object& stream);

/// Makes it unreadable.
void empty_stand_in(int fd);

}  // namespace grader::runtime
