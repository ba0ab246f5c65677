#pragma once

#include "protocol/fork_server.hpp"

namespace grader::runtime {

/// In the fork server, before each run: nobody is there yet.
void prepare_undertaker();

/// In the run's first process, after the fork.
void leave_undertaker();

/// Watches every process of the run until the first, `child`, has ended or the request's limits say
/// that it is to be stopped: whoever dies with the baton is buried and the baton passed on. None:
/// it ended by itself.
protocol::RunStop watch_run(long child, const protocol::ForkRequest& request);

/// The runtime ended the run, in whatever process.
bool was_ended_by_runtime();

}  // namespace grader::runtime
