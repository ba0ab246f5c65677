#pragma once

#include <string>
#include <vector>

#include "batch/grading.hpp"
#include "model/observation.hpp"

namespace grader {

/// The runs that the criteria of a rubric need: for each scenario that one of them uses, in the
/// order of the sources, and in each mode that they ask for, plain runs, and ThreadSanitizer runs
/// where a `race` criterion looks at it.
std::vector<RunPlan> plan_runs(const Rubric& rubric, const std::vector<std::string>& scenarios,
                               const GradeOptions& options);

}  // namespace grader
