#pragma once

#include "model/process_run.hpp"

namespace grader {

/// Runs a program under limits and gives back how it ended. When it returns, the program and all
/// its descendants are gone, daemons included. Wall, CPU, memory and process limits hold for the
/// program and its descendants together; they are sampled, so a short excess may pass unseen.
/// Whatever the grader could not do is a SandboxFailed termination that names the step.
/// `init` is the program sandbox_init, needed when the request asks for isolation: then the program
/// sees the system's programs and what the request names, and nothing else of the machine.
ProcessOutcome run_in_sandbox(const ProcessRequest& request,
                              const std::filesystem::path& init = {});

/// run_in_sandbox for the stages.
RunProcess sandbox_runner(std::filesystem::path init);

}  // namespace grader
