#pragma once

#include "runtime/controller.hpp"

namespace grader::runtime {

/// A cancellation that `self` has been sent, and may act on, is acted on: does not return then, the
/// stack is unwound and the thread ends.
void act_on_cancellation(Thread& self);

/// Whether `thread` has been sent one that it may act on.
inline bool is_cancelled(const Thread& thread) {
  return thread.cancel_requested && !thread.cancel_disabled;
}

}  // namespace grader::runtime
