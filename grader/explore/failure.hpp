#pragma once

#include "explore/explorer.hpp"

namespace grader {

/// Runs `request` again with everything recorded, makes it simple, and explains it. `kind` is what
/// it showed; `sanitizer_finding` is ThreadSanitizer's, when that is what is to be shown (then
/// `session` is one beneath it). Gives a finding of kind `uncontrolled` when the run does not show
/// the same again.
Result<Failure> examine_failure(ControlledSession& session, const ControlledRequest& request,
                                const ExploreRequest& search, FindingKind kind,
                                Symbolizer& symbolizer);

/// The findings of one run beneath `session`, ThreadSanitizer's reports among them; as explained.
std::vector<RuntimeFinding> all_findings(const ControlledRun& run, const ExploreRequest& search,
                                         Symbolizer& symbolizer);

}  // namespace grader
