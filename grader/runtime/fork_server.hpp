#pragma once

namespace grader::runtime {

/// Serves runs until the grader says quit or is gone, and then ends the process. Returns in the
/// child of each run, which is to become process 1. `description` is the variable's value.
void serve_runs(const char* description);

}  // namespace grader::runtime
