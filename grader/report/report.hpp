#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/grade.hpp"

namespace grader {

/// Who reads the report. Students do not see criteria whose visibility says so.
enum class Audience { student, staff };

struct ReportOptions {
  Audience audience = Audience::student;
  bool after_due = false;  ///< shows students what is visible `after_due`
  bool colour = false;     ///< terminal alone
  int width = 80;          ///< columns of the terminal
  int failures_shown = 3;  ///< of each exercise, in the terminal and in markdown
  /// GitHub: what stands in front of "<slug>/<file>" in the repository.
  std::string source_prefix = "exercises/";
  /// GitHub: an unguessable word that ends the stretch in which no command is obeyed. Without it
  /// nothing that a student wrote is printed.
  std::string stop_token;
};

// Each format is a pure function of grades and options. But for `timing` in JSON, equal grades give
// equal bytes. Whatever a student wrote is made harmless for the format.

/// Tables, the first failures, and what to do next.
std::string report_terminal(const std::vector<Grade>& grades, const ReportOptions& options);
/// docs/report_format.md; one object for one grade, an array for several.
std::string report_json(const std::vector<Grade>& grades, const ReportOptions& options);
/// JUnit XML: a test suite an exercise, a test case a criterion.
std::string report_junit(const std::vector<Grade>& grades, const ReportOptions& options);
/// GitHub-flavoured, for a job summary.
std::string report_markdown(const std::vector<Grade>& grades, const ReportOptions& options);
/// Workflow commands: an annotation a finding, after the shielded terminal report.
std::string report_github(const std::vector<Grade>& grades, const ReportOptions& options);
/// One page that stands alone.
std::string report_html(const std::vector<Grade>& grades, const ReportOptions& options);

/// "terminal", "json", "junit", "markdown", "github", "html".
const std::vector<std::string>& report_formats();

/// The report called `format`; ErrorKind::usage when there is none of that name.
Result<std::string> report(std::string_view format, const std::vector<Grade>& grades,
                           const ReportOptions& options);

}  // namespace grader
