#pragma once

#include <mutex>
#include <string>

#include "explore/controlled_runner.hpp"
#include "explore/controlled_session.hpp"
#include "explore/explorer.hpp"

namespace grader {

/// The program that runs an exercise's scenarios against what was built, within `limits`: which
/// one, each run is told (protocol::RunOptions::scenario).
ControlledProgram scenario_program(const Built& built, const Workspace& workspace,
                                   const Limits& limits, const std::filesystem::path& libraries,
                                   const Enclose& enclose, RuntimeKind runtime);

/// What all controlled runs of one scenario share, and how a run of it becomes an Observation. Safe
/// to use from several threads, each with a session of its own.
class ScenarioContext {
 public:
  ScenarioContext(const RunPlan& plan, const Built& built, const Workspace& workspace,
                  const ControlledSettings& settings, Symbolizer& symbolizer);

  [[nodiscard]] ControlledProgram program(RuntimeKind runtime) const;
  [[nodiscard]] protocol::RunOptions options() const;

  /// Performs a run, and says what was seen. An error is the grader's or the machine's fault.
  Result<Observation> look(ControlledSession& session, ControlledRequest request, std::uint64_t k);

  /// Makes the schedule of a failing observation simple, and tells its steps in its first finding.
  Status explain(ControlledSession& session, const ControlledRequest& request,
                 Observation& observation, std::uint64_t minimise_runs);

  /// The observation of a run that the grader could not do.
  [[nodiscard]] Observation failed(const std::string& reason) const;

  /// Whether anything went wrong in the run, as far as the run itself shows.
  static bool failing(const Observation& observation);

 private:
  void take_findings(ControlledSession& session, const ControlledRun& run, Observation& seen);
  [[nodiscard]] std::string replay_of(const ControlledSession& session, bool sanitized) const;

  const RunPlan& plan_;
  const Built& built_;
  const Workspace& workspace_;
  const ControlledSettings& settings_;
  Symbolizer& symbolizer_;
  std::mutex symbolizing_;
};

}  // namespace grader
