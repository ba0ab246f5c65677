#include <algorithm>

#include "report/report.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

constexpr int kWidthMin = 60;
constexpr int kWidthMax = 120;
constexpr int kPointsColumn = 12;
constexpr int kOutcomeColumn = 13;
constexpr int kLabelColumn = 10;
constexpr std::size_t kDiagnosticsShown = 5;
constexpr std::size_t kLocationsShown = 4;
constexpr std::size_t kDetailsShown = 40;

enum class Style { plain, bold, dim, good, bad, doubtful };

/// Builds the text; knows width and whether colours are wanted.
class Page {
 public:
  explicit Page(const ReportOptions& options)
      : colour_(options.colour), width_(std::clamp(options.width, kWidthMin, kWidthMax)) {}

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] std::string text() const { return text_; }
  [[nodiscard]] std::string painted(const std::string& text, Style style) const {
    static constexpr const char* kCodes[] = {"", "1", "2", "32", "31", "33"};
    if (!colour_ || style == Style::plain) return text;
    return "\x1b[" + std::string(kCodes[static_cast<std::size_t>(style)]) + "m" + text + "\x1b[0m";
  }
  void line(std::string text = "") {
    const std::size_t end = text.find_last_not_of(' ');
    text.resize(end == std::string::npos ? 0 : end + 1);
    text_ += text + "\n";
  }
  /// "  label:  text", wrapped under itself.
  void labelled(const std::string& label, const std::string& text) {
    std::string front = fit(label.empty() ? "" : label + ":", kLabelColumn);
    for (const std::string& part : wrap(harmless(text), width_ - kLabelColumn - 2)) {
      line("  " + front + part);
      front = std::string(kLabelColumn, ' ');
    }
  }

 private:
  bool colour_;
  int width_;
  std::string text_;
};

Style style_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return Style::good;
    case Outcome::fail:
    case Outcome::error:
      return Style::bad;
    case Outcome::inconclusive:
      return Style::doubtful;
    case Outcome::skipped:
      return Style::dim;
  }
  return Style::plain;
}

std::string right(const std::string& text, int width) {
  const int needed = display_width(text);
  return std::string(static_cast<std::size_t>(std::max(0, width - needed)), ' ') + text;
}

void write_row(Page& page, const std::string& name, const std::string& points,
               const std::string& outcome, Style style) {
  const int name_width = page.width() - kPointsColumn - kOutcomeColumn - 6;
  page.line("  " + fit(harmless(name), name_width) + right(points, kPointsColumn) + "   " +
            page.painted(outcome, style));
}

void write_table(Page& page, const View& view) {
  write_row(page, "criterion", "points", "outcome", Style::dim);
  for (const GradedCriterion& criterion : view.grade.criteria) {
    const std::string title = criterion.title.empty() || criterion.title == criterion.id
                                  ? criterion.id
                                  : criterion.id + ": " + criterion.title;
    const std::string points =
        points_text(criterion.points) + " / " + points_text(criterion.points_max);
    write_row(page, criterion.bonus ? title + " (bonus)" : title, points,
              to_text(criterion.verdict.outcome), style_of(criterion.verdict.outcome));
  }
  const Grade& grade = view.grade;
  const std::string points =
      (grade.withheld ? "-" : points_text(grade.points)) + " / " + points_text(grade.points_max);
  write_row(page, "total", points, "", Style::plain);
  page.line("  " + page.painted(outcome_sentence(view), style_of(grade.outcome)));
  if (view.hidden == 0) return;
  page.labelled(
      "", std::to_string(view.hidden) + (view.hidden == 1 ? " criterion" : " criteria") +
              " worth " + points_text(view.hidden_points) + " points " +
              (view.hidden_later ? "will be shown after the due date" : "cannot be seen here"));
}

void write_finding(Page& page, const Finding& finding) {
  page.labelled("happened", finding.message);
  if (!finding.scenario.empty()) page.labelled("scenario", finding.scenario);
  std::string label = "where";
  for (std::size_t i = 0; i < std::min(finding.locations.size(), kLocationsShown); ++i) {
    page.labelled(label, location_text(finding.locations[i]));
    label.clear();
  }
  for (std::size_t i = 0; i < std::min(finding.details.size(), kDetailsShown); ++i) {
    page.line("      " + harmless(finding.details[i]));
  }
}

void write_failure(Page& page, const GradedCriterion& criterion, const Grade& grade) {
  page.line();
  page.line(page.painted(criterion.id, Style::bold) + "  " +
            page.painted(to_text(criterion.verdict.outcome), style_of(criterion.verdict.outcome)));
  page.labelled("expected", expectation_text(criterion.check));
  const Verdict& verdict = criterion.verdict;
  if (verdict.findings.empty()) {
    page.labelled("happened", verdict.summary);
  } else {
    write_finding(page, verdict.findings.front());
  }
  if (!criterion.hint.empty()) page.labelled("hint", criterion.hint);
  page.labelled("again", verdict.findings.empty() ? grade.command
                                                  : again_command(verdict.findings.front(), grade));
  if (verdict.findings.size() > 1) {
    page.labelled("", "and " + std::to_string(verdict.findings.size() - 1) +
                          " more of this criterion; mend this one first");
  }
}

void write_diagnostics(Page& page, const Grade& grade) {
  if (grade.built) return;
  page.line();
  page.labelled("problem", grade.problem);
  for (std::size_t i = 0; i < std::min(grade.diagnostics.size(), kDiagnosticsShown); ++i) {
    const Diagnostic& diagnostic = grade.diagnostics[i];
    SourceLocation place = diagnostic.location;
    place.function.clear();
    const std::string where = place.file.empty() ? "" : location_text(place) + ": ";
    page.labelled("", where + diagnostic.message);
  }
  if (grade.diagnostics.size() > kDiagnosticsShown) {
    page.labelled("", "and " + std::to_string(grade.diagnostics.size() - kDiagnosticsShown) +
                          " more; often the first causes the rest");
  }
}

void write_exercise(Page& page, const View& view, std::size_t failures_shown) {
  const Grade& grade = view.grade;
  std::string head = harmless(grade.exercise);
  if (!grade.title.empty()) head += "  " + harmless(grade.title);
  if (!grade.submission.empty()) head += "  (" + harmless(grade.submission) + ")";
  page.line(page.painted(head, Style::bold));
  page.line();
  write_table(page, view);
  write_diagnostics(page, grade);
  const std::vector<const GradedCriterion*> failures = failures_of(grade);
  // What does not build fails everything: only the compiler's own words help.
  const std::size_t shown = grade.built || grade.withheld ? failures.size() : 0;
  for (std::size_t i = 0; i < std::min(shown, failures_shown); ++i) {
    write_failure(page, *failures[i], grade);
  }
  page.line();
}

void write_overview(Page& page, const std::vector<View>& views) {
  page.line(page.painted("all exercises", Style::bold));
  page.line();
  for (const View& view : views) {
    const Grade& grade = view.grade;
    const std::string points =
        (grade.withheld ? "-" : points_text(grade.points)) + " / " + points_text(grade.points_max);
    write_row(page, grade.exercise, points, to_text(grade.outcome), style_of(grade.outcome));
  }
  page.line();
}

/// Whether anything is left to win (or is wrong) in an exercise.
bool is_done(const View& view) {
  return view.grade.built && !view.grade.withheld && failures_of(view.grade).empty();
}

}  // namespace

std::string report_terminal(const std::vector<Grade>& grades, const ReportOptions& options) {
  Page page(options);
  std::vector<View> views;
  for (const Grade& grade : grades) views.push_back(view_of(grade, options));
  const int shown = std::max(options.failures_shown, 0);
  for (const View& view : views) write_exercise(page, view, static_cast<std::size_t>(shown));
  if (views.size() > 1) write_overview(page, views);
  if (views.empty()) return page.text();
  const auto first = std::find_if_not(views.begin(), views.end(), is_done);
  const View& next = first == views.end() ? views.front() : *first;
  const std::string where =
      views.size() > 1 && first != views.end() ? next.grade.exercise + ": " : "";
  page.labelled("next", where + next_step(next));
  return page.text();
}

}  // namespace grader
