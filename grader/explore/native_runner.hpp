#pragma once

#include <filesystem>
#include <vector>

#include "explore/symbolizer.hpp"
#include "model/build_result.hpp"
#include "model/observation.hpp"
#include "model/process_run.hpp"
#include "model/workspace.hpp"

namespace grader {

/// What native runs need besides the plan.
struct NativeSettings {
  std::filesystem::path libraries;  ///< holds libgrader_watch.so and native/libtsan.so.2
  RunProcess run;                   ///< the sandbox
  unsigned jobs = 1;                ///< runs side by side
  Isolation isolation = Isolation::none;
};

/// Runs `plan.scenario` `plan.schedules` times as the operating system schedules it, each run in a
/// process and a directory of its own, and gives what was seen, run by run, whatever `jobs` is.
/// RuntimeKind::plain loads a library that detects nothing in place of ThreadSanitizer. Never
/// fails: what the grader could not do is the SandboxFailed termination of the runs concerned.
std::vector<Observation> run_natively(const RunPlan& plan, const Built& built,
                                      const Workspace& workspace, const NativeSettings& settings,
                                      Symbolizer& symbolizer);

}  // namespace grader
