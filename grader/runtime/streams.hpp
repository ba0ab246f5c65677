#pragma once

#include <sys/types.h>

#include "runtime/controller.hpp"

// Pipes, FIFOs and sockets. Whether one can be read or written is asked of the kernel, by the
// process that has the descriptor open, when it is its turn; in between the model knows only that
// something happened to the stream since. Nothing happens to it but by the holder of the baton, so
// what the kernel answers is the same in every run.
namespace grader::runtime {

/// The stream behind `fd` of the calling process; null when it is none (a file, a terminal).
Object* stream_of(int fd, const Thread& user);

/// The file behind `fd` as something that is locked. Null when it is no file, or, for no `user`,
/// when nobody ever locked it.
Object* locked_file(int fd, const Thread* user);

/// Something was read, written or closed: who waits for that stream looks again.
void stream_changed(Object& stream);

/// Any of them may have changed.
void all_streams_changed();

/// What those wait on who wait for several.
Object& any_stream();

/// Whether `fd` is non-blocking.
bool is_nonblocking(int fd);

/// poll without waiting: the events that there are.
short events_now(int fd, short events);

/// write of all of `data` to `fd`, a stream: waits as often as it is full. -1, with errno set, when
/// not all could be written. What is written is not noted as output.
ssize_t write_stream(Thread& self, int fd, const char* data, std::size_t size,
                     std::uint64_t location);

/// Waits until `fd` shows one of `events`, an end or an error, or a signal comes. `operation` says
/// what for. The result is `step` (ready), `timeout` or `signal`.
CandidateKind await_stream(Thread& self, int fd, short events, Object& stream,
                           const Operation& operation);

}  // namespace grader::runtime
