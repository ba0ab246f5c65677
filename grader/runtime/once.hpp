#pragma once

namespace grader::runtime {

/// Once per process, before any thread of the program runs.
void prepare_once();

}  // namespace grader::runtime
