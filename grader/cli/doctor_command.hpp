#pragma once

namespace grader {

/// `grader doctor`: shows what this machine offers for grading: tools, layers of the sandbox,
/// ThreadSanitizer's addresses; for each that is missing, how to get it. Returns 0 when untrusted
/// submissions can be graded here, 70 when something that matters is missing.
int run_doctor(bool colour);

}  // namespace grader
