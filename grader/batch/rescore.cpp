#include "batch/rescore.hpp"

#include "score/score.hpp"

namespace grader {
namespace {

BuildResult build_result_of(const Grade& kept) {
  if (kept.built) return Built{{}, {}, {}, kept.diagnostics};
  if (kept.diagnostics.empty()) return SubmissionRefused{kept.problem, {}};
  return DoesNotBuild{kept.diagnostics};
}

}  // namespace

Grade rescore(const Grade& kept, const Rubric& rubric) {
  std::vector<Verdict> verdicts;
  for (const GradedCriterion& criterion : kept.criteria) verdicts.push_back(criterion.verdict);
  ScoreContext context;
  context.submission = kept.submission;
  context.command = kept.command;
  context.timing = kept.timing;
  return score(rubric, build_result_of(kept), verdicts, context);
}

}  // namespace grader
