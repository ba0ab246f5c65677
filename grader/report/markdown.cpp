#include <algorithm>

#include "report/report.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

/// Text that Markdown shows as it is: no table cell, link, image, HTML or emphasis comes of it.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : harmless(text)) {
    if (c == '<') {
      safe += "&lt;";
    } else if (c == '>') {
      safe += "&gt;";
    } else if (c == '&') {
      safe += "&amp;";
    } else if (c == '@') {
      safe += "&#64;";  // nobody is to be called by a student's output
    } else {
      if (std::string_view("\\`*_[]#|~$").find(c) != std::string_view::npos) safe += '\\';
      safe += c;
    }
  }
  return safe;
}

/// A fence longer than any run of backticks inside.
std::string fenced(const std::string& text) {
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "text\n" + text + (text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

std::string symbol(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "✅ pass";
    case Outcome::fail:
      return "❌ fail";
    case Outcome::inconclusive:
      return "⚠️ inconclusive";
    case Outcome::error:
      return "💥 error";
    case Outcome::skipped:
      return "⏭️ skipped";
  }
  return "";
}

std::string table(const View& view) {
  std::string text = "| criterion | points | outcome | |\n| --- | ---: | --- | --- |\n";
  for (const GradedCriterion& criterion : view.grade.criteria) {
    text += "| " + escaped(criterion.title.empty() ? criterion.id : criterion.title) +
            (criterion.bonus ? " (bonus)" : "") + " | " + points_text(criterion.points) + " / " +
            points_text(criterion.points_max) + " | " + symbol(criterion.verdict.outcome) + " | " +
            escaped(criterion.verdict.summary) + " |\n";
  }
  return text;
}

std::string failure(const GradedCriterion& criterion, const Grade& grade) {
  const Verdict& verdict = criterion.verdict;
  std::string text = "\n#### " + escaped(criterion.id) + "\n\n";
  text += "Expected: " + escaped(expectation_text(criterion.check)) + ".\n\n";
  if (verdict.findings.empty()) return text + "Happened: " + escaped(verdict.summary) + "\n";
  const Finding& finding = verdict.findings.front();
  text += "Happened: " + escaped(finding.message) + "\n\n";
  std::string block;
  for (const SourceLocation& location : finding.locations) {
    block += "at " + location_text(location) + "\n";
  }
  for (const std::string& detail : finding.details) block += detail + "\n";
  if (!block.empty()) text += fenced(harmless(block, true)) + "\n";
  if (!criterion.hint.empty()) text += "Hint: " + escaped(criterion.hint) + "\n\n";
  return text + "Again:\n\n" + fenced(harmless(again_command(finding, grade)));
}

std::string exercise(const View& view, const ReportOptions& options) {
  const Grade& grade = view.grade;
  std::string text = "### " + escaped(grade.exercise) + ": " +
                     (grade.withheld ? std::string("-") : points_text(grade.points)) + " / " +
                     points_text(grade.points_max) + ", " + escaped(outcome_sentence(view)) +
                     "\n\n" + table(view);
  if (view.hidden > 0) {
    text += "\n" + std::to_string(view.hidden) + " criteria worth " +
            points_text(view.hidden_points) + " points are not shown.\n";
  }
  if (!grade.built || grade.withheld) {
    std::string block = grade.problem + "\n";
    for (const Diagnostic& diagnostic : grade.diagnostics) {
      SourceLocation place = diagnostic.location;
      place.function.clear();
      block += location_text(place) + ": " + diagnostic.message + "\n";
    }
    return text + "\n" + fenced(harmless(block, true));
  }
  const std::vector<const GradedCriterion*> failures = failures_of(grade);
  const auto shown = static_cast<std::size_t>(std::max(options.failures_shown, 0));
  for (std::size_t i = 0; i < std::min(failures.size(), shown); ++i) {
    text += failure(*failures[i], grade);
  }
  return text;
}

}  // namespace

std::string report_markdown(const std::vector<Grade>& grades, const ReportOptions& options) {
  std::string text;
  for (const Grade& grade : grades) {
    if (!text.empty()) text += "\n";
    text += exercise(view_of(grade, options), options);
  }
  return text;
}

}  // namespace grader
