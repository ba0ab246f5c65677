#include "report/report.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

// Escapes after GitHub's own toolkit (actions/toolkit, packages/core/src/command.ts).
std::string escaped_data(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '%') {
      safe += "%25";
    } else if (c == '\r') {
      safe += "%0D";
    } else if (c == '\n') {
      safe += "%0A";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string escaped_property(std::string_view text) {
  std::string safe;
  for (const char c : escaped_data(text)) {
    if (c == ':') {
      safe += "%3A";
    } else if (c == ',') {
      safe += "%2C";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// One command on one line. Without a file it is shown with the job alone.
std::string annotation(const char* level, const std::string& file, int line,
                       const std::string& title, const std::string& message) {
  std::string command = std::string("::") + level + " ";
  if (!file.empty()) {
    command += "file=" + escaped_property(harmless(file)) + ",";
    if (line > 0) command += "line=" + std::to_string(line) + ",";
  }
  return command + "title=" + escaped_property(harmless(title)) +
         "::" + escaped_data(harmless(message, true)) + "\n";
}

std::string path_of(const std::string& file, const Grade& grade, const ReportOptions& options,
                    bool in_scenario) {
  if (file.empty()) return "";
  return options.source_prefix + grade.exercise + "/" + (in_scenario ? "scenarios/" : "") + file;
}

std::string message_of(const Finding& finding, const GradedCriterion& criterion,
                       const Grade& grade) {
  std::string message = finding.message;
  for (const std::string& detail : finding.details) message += "\n" + detail;
  for (std::size_t i = 1; i < finding.locations.size(); ++i) {
    message += "\nalso at " + location_text(finding.locations[i]);
  }
  if (!criterion.hint.empty()) message += "\nhint: " + criterion.hint;
  return message + "\nagain: " + again_command(finding, grade);
}

std::string criterion_annotations(const GradedCriterion& criterion, const Grade& grade,
                                  const ReportOptions& options) {
  const Verdict& verdict = criterion.verdict;
  const char* level = verdict.outcome == Outcome::fail ? "error" : "warning";
  const std::string title = grade.exercise + ": " + criterion.id;
  if (verdict.findings.empty()) return annotation(level, "", 0, title, verdict.summary);
  std::string text;
  for (const Finding& finding : verdict.findings) {
    SourceLocation place;
    if (!finding.locations.empty()) place = finding.locations.front();
    const bool in_scenario = finding.kind == FindingKind::assertion;
    text += annotation(level, path_of(place.file, grade, options, in_scenario), place.line, title,
                       message_of(finding, criterion, grade));
  }
  return text;
}

std::string grade_annotations(const Grade& grade, const ReportOptions& options) {
  if (grade.withheld) return annotation("warning", "", 0, grade.exercise, grade.problem);
  std::string text;
  for (const Diagnostic& diagnostic : grade.diagnostics) {
    const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
    text += annotation(is_error ? "error" : "warning",
                       path_of(diagnostic.location.file, grade, options, false),
                       diagnostic.location.line, grade.exercise + ": build", diagnostic.message);
  }
  if (!grade.built) {
    return text.empty() ? annotation("error", "", 0, grade.exercise, grade.problem) : text;
  }
  for (const GradedCriterion* criterion : failures_of(grade)) {
    text += criterion_annotations(*criterion, grade, options);
  }
  return text;
}

}  // namespace

std::string report_github(const std::vector<Grade>& grades, const ReportOptions& options) {
  std::string text;
  if (!options.stop_token.empty()) {
    ReportOptions plain = options;
    plain.colour = false;
    text += "::stop-commands::" + options.stop_token + "\n" + report_terminal(grades, plain) +
            "::" + options.stop_token + "::\n";
  }
  for (const Grade& grade : grades) {
    text += grade_annotations(view_of(grade, options).grade, options);
  }
  return text;
}

}  // namespace grader
