#pragma once

#include "runtime/world.hpp"

// Who is woken by a notify, or by a futex wake, is left open until one of those who waited at that
// time goes on: the notify leaves a token with its sequence number, and the first of them to be
// scheduled takes it. So the choice of the woken is a choice among threads like any other.
namespace grader::runtime {

/// Whether a token is there for `thread`, which waits on `object`.
bool has_token(const Object& object, const Thread& thread);

/// `thread` begins to wait.
void begin_wait(Object& object, Thread& thread);

/// Ends the wait of `thread`: `took_token` when it was woken, else by time-out and the like.
void end_wait(World& world, Object& object, Thread& thread, bool took_token);

/// Wakes up to `count` of those who wait; returns how many.
std::uint32_t add_tokens(World& world, Object& object, std::uint32_t count);

}  // namespace grader::runtime
