#pragma once

#include "build/build_settings.hpp"
#include "build/exercise_build.hpp"
#include "model/build_result.hpp"
#include "model/rubric.hpp"
#include "model/workspace.hpp"

namespace grader {

/// Compiles the student's files, each alone, against the precompiled prelude, vets what they
/// define, and links them as libsubmission.so in a folder of `workspace.root`. The compiler runs in
/// the sandbox under the rubric's limits. Diagnostics name the files as the student does; equal
/// sources give an equal library, byte by byte.
BuildResult build(const Workspace& workspace, const ExerciseBuild& exercise, const Rubric& rubric,
                  const BuildSettings& settings);

}  // namespace grader
