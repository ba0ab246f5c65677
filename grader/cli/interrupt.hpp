#pragma once

namespace grader {

/// From now on SIGINT, SIGTERM and SIGHUP remove the scratch directories before they end the
/// process by that very signal. Programs under test end with the grader by themselves.
void clean_up_on_interrupt();

}  // namespace grader
