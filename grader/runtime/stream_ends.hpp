#pragma once

#include "runtime/finding.hpp"

namespace grader::runtime {

/// Who of the run has the other end of the pipe open that `thread` waits for: whom a reader waits
/// for to write or to close, or a writer to read. Nothing for a socket.
void tell_other_end(Finding& finding, const Thread& thread);

}  // namespace grader::runtime
