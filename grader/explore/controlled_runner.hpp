#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "explore/session_pool.hpp"
#include "explore/symbolizer.hpp"
#include "model/build_result.hpp"
#include "model/enclosure.hpp"
#include "model/observation.hpp"
#include "model/workspace.hpp"

namespace grader {

/// What controlled runs of a scenario need besides the plan.
struct ControlledSettings {
  std::filesystem::path libraries;  ///< holds libgrader_runtime.so and light/libtsan.so.2
  unsigned jobs = 1;                ///< runs side by side
  /// Orders of synchronisation that are run once more beneath ThreadSanitizer, at most; 0: none.
  std::uint64_t race_classes = 0;
  /// What a replay must name to find the scenario again: exercise, submission.
  std::vector<std::pair<std::string, std::string>> target;
  Enclose enclose;                  ///< shuts the runs off from the machine; may be empty
  bool stop_after_failures = true;  ///< no further runs once a few have failed
  protocol::Mutation mutation;      ///< sync mutants
  bool explain_failures = true;     ///< make the first failing run simple, and tell its steps
};

/// Runs `plan.scenario` under the controlled scheduler: `plan.schedules` schedules, each with the
/// strategy and seed that its index gives, plain; then the first `race_classes` distinct orders of
/// synchronisation among them beneath ThreadSanitizer, on the same schedules. The first failing run
/// is made simple: its finding tells the steps, with few preemptions. `pool` is the submission's.
/// The result depends on plan and program alone, not on `jobs`. Never fails: what the grader could
/// not do is the SandboxFailed termination of a run.
std::vector<Observation> run_controlled(const RunPlan& plan, const Built& built,
                                        const Workspace& workspace,
                                        const ControlledSettings& settings, SessionPool& pool,
                                        Symbolizer& symbolizer);

}  // namespace grader
