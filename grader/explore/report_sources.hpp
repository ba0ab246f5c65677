#pragma once

#include "explore/tsan_report.hpp"
#include "model/build_result.hpp"
#include "model/workspace.hpp"

namespace grader {

/// Whose code a frame of a report about a submission is in. Reads the submitted files.
ReportSources report_sources(const Built& built, const Workspace& workspace);

}  // namespace grader
