#include "report/view.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace grader {
namespace {

bool visible(const GradedCriterion& criterion, const ReportOptions& options) {
  if (options.audience == Audience::staff) return true;
  return criterion.visibility == Visibility::always ||
         (criterion.visibility == Visibility::after_due && options.after_due);
}

double add_points(double a, double b) { return (std::round(a * 100) + std::round(b * 100)) / 100; }

struct Expectation {
  const char* check;
  const char* sentence;
};

constexpr Expectation kExpectations[] = {
    {"build", "the files compile and link"},
    {"test", "what the scenario asserts holds in every run"},
    {"race",
     "no two threads touch the same variable unless a lock, an atomic or a join orders them"},
    {"deadlock", "in every schedule each thread can go on in the end"},
    {"ordering", "the events come in the order that the statement asks for"},
    {"exit_code", "every process ends as it should, and is waited for"},
    {"output", "the program prints what the statement asks for"},
    {"speed", "the work is done side by side, within the time asked for"},
};

}  // namespace

View view_of(const Grade& grade, const ReportOptions& options) {
  View view;
  view.grade = grade;
  view.grade.criteria.clear();
  for (const GradedCriterion& criterion : grade.criteria) {
    if (visible(criterion, options)) {
      view.grade.criteria.push_back(criterion);
      continue;
    }
    ++view.hidden;
    view.hidden_later = view.hidden_later || criterion.visibility == Visibility::after_due;
    view.grade.points = std::max(0.0, add_points(view.grade.points, -criterion.points));
    if (criterion.bonus) continue;
    view.hidden_points = add_points(view.hidden_points, criterion.points_max);
    view.grade.points_max = add_points(view.grade.points_max, -criterion.points_max);
  }
  return view;
}

std::string points_text(double points) {
  const auto value = static_cast<std::int64_t>(std::llround(points * 100));
  if (value < 0) return "-" + points_text(-points);
  if (value % 100 == 0) return std::to_string(value / 100);
  if (value % 10 == 0) return fmt::format("{}.{}", value / 100, value % 100 / 10);
  return fmt::format("{}.{:02}", value / 100, value % 100);
}

std::string expectation_text(std::string_view check) {
  for (const Expectation& expectation : kExpectations) {
    if (check == expectation.check) return expectation.sentence;
  }
  return "";
}

std::string again_command(const Finding& finding, const Grade& grade) {
  if (finding.replay.empty()) return grade.command;
  // The grade's own command begins with the name that the program was called by.
  const std::size_t end = grade.command.find(' ');
  const std::string program = end == std::string::npos ? "grader" : grade.command.substr(0, end);
  return program + " replay '" + finding.replay + "'";
}

std::string location_text(const SourceLocation& location) {
  std::string text = location.file;
  if (location.line > 0) text += ":" + std::to_string(location.line);
  if (!location.function.empty()) text += " in " + location.function;
  return text;
}

std::vector<const GradedCriterion*> failures_of(const Grade& grade) {
  std::vector<const GradedCriterion*> failures;
  for (const Outcome outcome : {Outcome::error, Outcome::fail, Outcome::inconclusive}) {
    for (const GradedCriterion& criterion : grade.criteria) {
      if (criterion.verdict.outcome == outcome) failures.push_back(&criterion);
    }
  }
  return failures;
}

std::string outcome_sentence(const View& view) {
  const Grade& grade = view.grade;
  if (grade.withheld) return "withheld: the grader could not do its work";
  if (!grade.built) return "does not build";
  const std::string mark = points_text(grade.pass_mark);
  return grade.outcome == Outcome::pass ? "passed (pass mark " + mark + ")"
                                        : "below the pass mark of " + mark;
}

std::string next_step(const View& view) {
  const Grade& grade = view.grade;
  if (grade.withheld) {
    return "this is the grader's own fault, not yours; show this report to your instructor: " +
           grade.problem;
  }
  if (!grade.built) return "make it build first, then run: " + grade.command;
  const std::vector<const GradedCriterion*> failures = failures_of(grade);
  if (failures.empty()) {
    return view.hidden == 0 ? "nothing is left to do: every criterion holds"
                            : "every criterion that you can see holds";
  }
  const GradedCriterion& first = *failures.front();
  return "mend " + first.id + " (" + points_text(first.points_max - first.points) +
         " points to win), then run: " + grade.command;
}

}  // namespace grader
