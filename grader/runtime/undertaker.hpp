#pragma once

#include <cstdint>

namespace grader::runtime {

/// In the fork server, before each run: nobody is there yet.
void prepare_undertaker();

/// In the run's first process, after the fork.
void leave_undertaker();

/// Watches every process of the run until the first, `child`, has ended or `timeout_ms` are over:
/// whoever dies with the baton is buried and the baton passed on. True: it ended by itself.
bool watch_run(long child, std::uint32_t timeout_ms);

/// The runtime ended the run, in whatever process.
bool was_ended_by_runtime();

}  // namespace grader::runtime
