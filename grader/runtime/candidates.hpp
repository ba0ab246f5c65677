#pragma once

#include <span>

#include "runtime/local.hpp"

namespace grader::runtime {

/// Whether `thread`'s pending operation can be performed now.
bool guard_holds(const Thread& thread);

/// The same, or it can be left because of a cancellation.
bool can_step(const Thread& thread);

/// Makes `operation` the pending one of `thread`, and a candidate when it can be performed.
void announce(Thread& thread, const Operation& operation);

/// The thread has been chosen: it has no pending operation any more.
void retract(Thread& thread);

/// Evaluates again whether `thread` can go on.
void refresh(Thread& thread);

/// What can happen next, by (thread, kind). May move the clock when nobody can run. Empty: nothing
/// can happen ever again. Valid until the next call.
std::span<const protocol::Candidate> collect_candidates();

/// Whether all who could run only poll, for the clock or for what somebody else may bring.
bool everybody_polls();

/// What blocked threads wait to do: the last record for a search.
std::span<const protocol::Candidate> blocked_operations();

}  // namespace grader::runtime
