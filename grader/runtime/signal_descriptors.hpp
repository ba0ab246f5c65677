#pragma once

#include <sys/types.h>

#include <cstddef>

#include "runtime/world.hpp"

namespace grader::runtime {

/// What signalfd made of `fd` of the calling process; null: it did not.
SignalDescriptor* signals_behind(const Thread& self, int fd);

/// `signal` is pending for `process`: who reads it from a descriptor may go on.
void tell_signal_descriptors(const Process& process, int signal);

/// read of `fd`, which is `descriptor`: -1 with EAGAIN when none of its signals is pending.
ssize_t read_signals(Thread& self, const SignalDescriptor& descriptor, int fd, void* data,
                     std::size_t size);

}  // namespace grader::runtime
