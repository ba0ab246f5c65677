#pragma once

#include <string>
#include <vector>

#include "model/build_result.hpp"
#include "model/grade.hpp"
#include "model/rubric.hpp"
#include "model/verdict.hpp"

namespace grader {

/// What a grade says besides the verdicts.
struct ScoreContext {
  std::string submission;
  std::string command;  ///< what shows the grade again
  int days_late = 0;    ///< days begun after the due date
  Timing timing;
};

/// Adds up the verdicts, which are those of the rubric's criteria, in any order.
/// - A criterion of which a required one did not pass is skipped, and earns nothing.
/// - Points are hundredths, cut off, never rounded up: 59.996 earned points do not reach 60.
/// - A criterion that did not pass and has a `cap` caps the whole; the least cap counts.
/// - `late` takes its share of what was earned, then.
/// - A verdict that is an error, or is not there, withholds the score: outcome error, 0 points.
/// - A submission that does not build has 0 points whatever the verdicts say.
Grade score(const Rubric& rubric, const BuildResult& build, const std::vector<Verdict>& verdicts,
            const ScoreContext& context);

}  // namespace grader
