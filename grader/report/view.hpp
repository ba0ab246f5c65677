#pragma once

#include <string>
#include <vector>

#include "report/report.hpp"

namespace grader {

/// A grade as one audience may see it: hidden criteria are taken out, with their points.
struct View {
  Grade grade;
  std::size_t hidden = 0;     ///< criteria taken out
  double hidden_points = 0;   ///< what they are worth (bonus apart)
  bool hidden_later = false;  ///< some of them will be shown after the due date
};

View view_of(const Grade& grade, const ReportOptions& options);

/// "20", "33.5", "33.33".
std::string points_text(double points);

/// What the check asks of a submission, as a sentence for a student.
std::string expectation_text(std::string_view check);

/// The command that shows a finding again: the replay of its very schedule when there is one.
std::string again_command(const Finding& finding, const Grade& grade);

/// "popen.cpp:31 in reader"; without a line just the file.
std::string location_text(const SourceLocation& location);

/// The criteria that cost points, most telling first: errors, failures, inconclusive ones; those
/// that were only skipped are left out.
std::vector<const GradedCriterion*> failures_of(const Grade& grade);

/// One sentence: what its reader should do now.
std::string next_step(const View& view);

/// "passed", "below the pass mark of 60", "withheld".
std::string outcome_sentence(const View& view);

}  // namespace grader
