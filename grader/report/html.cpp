#include "report/report.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

constexpr const char* kHead =
    R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Grading report</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886;
  vertical-align: top; }
td.points { text-align: right; white-space: nowrap; }
.pass { color: #17692f; } .fail, .error { color: #b3261e; font-weight: 600; }
.inconclusive { color: #8a5a00; font-weight: 600; } .skipped { color: #666; }
pre { background: #8881; padding: .6rem; overflow-x: auto; }
@media (prefers-color-scheme: dark) {
  body { background: #16181c; color: #e6e6e6; }
  .pass { color: #6fcf8a; } .fail, .error { color: #ff8a80; } .inconclusive { color: #f0c060; }
  .skipped { color: #aaa; }
}
</style>
</head>
<body>
)";

std::string escaped(std::string_view text, bool keep_newlines = false) {
  std::string safe;
  for (const char c : harmless(text, keep_newlines)) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '"') {
      safe += "&quot;";
    } else if (c == '\'') {
      safe += "&#39;";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string row(const GradedCriterion& criterion) {
  const std::string outcome = to_text(criterion.verdict.outcome);
  return "<tr><td>" + escaped(criterion.title.empty() ? criterion.id : criterion.title) +
         (criterion.bonus ? " (bonus)" : "") + "</td><td class=\"points\">" +
         points_text(criterion.points) + " / " + points_text(criterion.points_max) +
         "</td><td class=\"" + outcome + "\">" + outcome + "</td><td>" +
         escaped(criterion.verdict.summary) + "</td></tr>\n";
}

std::string finding_section(const Finding& finding, const Grade& grade) {
  std::string block;
  for (const SourceLocation& location : finding.locations) {
    block += "at " + location_text(location) + "\n";
  }
  for (const std::string& detail : finding.details) block += detail + "\n";
  std::string text = "<p>" + escaped(finding.message) + "</p>\n";
  if (!block.empty()) text += "<pre>" + escaped(block, true) + "</pre>\n";
  return text + "<p>Again: <code>" + escaped(again_command(finding, grade)) + "</code></p>\n";
}

std::string exercise(const View& view) {
  const Grade& grade = view.grade;
  std::string text = "<section>\n<h2>" + escaped(grade.exercise) + ": " +
                     (grade.withheld ? std::string("-") : points_text(grade.points)) + " / " +
                     points_text(grade.points_max) + "</h2>\n<p>" + escaped(grade.submission) +
                     ": " + escaped(outcome_sentence(view)) + "</p>\n";
  if (!grade.problem.empty()) text += "<p>" + escaped(grade.problem) + "</p>\n";
  text += "<table>\n<tr><th>criterion</th><th>points</th><th>outcome</th><th></th></tr>\n";
  for (const GradedCriterion& criterion : grade.criteria) text += row(criterion);
  text += "</table>\n";
  if (!grade.built) {
    for (const Diagnostic& diagnostic : grade.diagnostics) {
      text += "<pre>" +
              escaped(location_text(diagnostic.location) + ": " + diagnostic.message, true) +
              "</pre>\n";
    }
    return text + "</section>\n";
  }
  for (const GradedCriterion* criterion : failures_of(grade)) {
    text += "<h3>" + escaped(criterion->id) +
            "</h3>\n<p>Expected: " + escaped(expectation_text(criterion->check)) + ".</p>\n";
    for (const Finding& finding : criterion->verdict.findings) {
      text += finding_section(finding, grade);
    }
    if (!criterion->hint.empty()) text += "<p>Hint: " + escaped(criterion->hint) + "</p>\n";
  }
  return text + "</section>\n";
}

}  // namespace

std::string report_html(const std::vector<Grade>& grades, const ReportOptions& options) {
  std::string text = kHead;
  for (const Grade& grade : grades) text += exercise(view_of(grade, options));
  return text + "</body>\n</html>\n";
}

}  // namespace grader
