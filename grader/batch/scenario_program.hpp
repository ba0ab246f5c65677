#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "explore/controlled_session.hpp"
#include "workspace/prepare.hpp"

namespace grader {

/// A scenario of an exercise, built with a submission, ready for the controlled scheduler.
struct ScenarioProgram {
  PreparedWorkspace workspace;  ///< where the submission's library is
  ControlledProgram program;
};

/// Builds what the target of a replay names: "exercise", "scenario", and "submission" unless it is
/// the working copy. `submission` takes the place of the target's when it is not empty. Errors: an
/// exercise, scenario or submission that is not there (usage), or that does not build. It runs shut
/// off from the machine where that can be had.
Result<ScenarioProgram> build_scenario(
    const std::filesystem::path& root,
    const std::vector<std::pair<std::string, std::string>>& target,
    const std::filesystem::path& submission, RuntimeKind runtime);

}  // namespace grader
