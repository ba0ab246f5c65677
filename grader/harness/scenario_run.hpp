#pragma once

#include <string>

namespace grader::harness {

/// GoogleTest says nothing itself from here on: what fails goes to the channel. To be called once.
void prepare_recording();

/// Whether the program has the test "Suite.Name".
bool has_scenario(const std::string& scenario);

/// Runs it once; failed assertions go to the channel. False when there were any.
bool run_scenario(const std::string& scenario);

}  // namespace grader::harness
