#include "batch/gradebook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "batch/names.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

std::string signed_points(double points) {
  return points < 0 ? "-" + points_text(-points) : points_text(points);
}

const GradedCriterion* find_criterion(const Grade& grade, const std::string& id) {
  const auto found = std::find_if(grade.criteria.begin(), grade.criteria.end(),
                                  [&](const GradedCriterion& c) { return c.id == id; });
  return found == grade.criteria.end() ? nullptr : &*found;
}

std::string outcome_text(const Grade& grade) {
  if (grade.withheld) return "withheld";
  if (!grade.built) return grade.diagnostics.empty() ? "refused" : "does not build";
  return to_text(grade.outcome);
}

std::string csv_line(const GradebookRow& row, const Rubric& rubric) {
  const Grade& grade = row.grade;
  std::string line = csv_field(row.name) + "," + outcome_text(grade);
  const std::optional<FinalScore> score = final_score(row, rubric.late);
  if (score) {
    line += fmt::format(",{},{},{},{},{}", points_text(grade.points), score->days_late,
                        points_text(score->late_penalty), signed_points(score->adjustment),
                        points_text(score->points));
  } else {
    line += ",,,,,";
  }
  line += "," + points_text(rubric.points);
  for (const Criterion& criterion : rubric.criteria) {
    const GradedCriterion* graded = find_criterion(grade, criterion.id);
    line += ",";
    if (graded != nullptr && !grade.withheld) line += points_text(graded->points);
    if (graded == nullptr && !grade.withheld) line += "0";
  }
  return line + "," + csv_field(grade.problem) + "\n";
}

struct Statistics {
  std::size_t passed = 0;
  std::size_t withheld = 0;
  std::vector<double> points;
};

Statistics gather(const std::vector<GradebookRow>& rows, const Rubric& rubric) {
  Statistics statistics;
  for (const GradebookRow& row : rows) {
    const std::optional<FinalScore> score = final_score(row, rubric.late);
    if (!score) {
      ++statistics.withheld;
      continue;
    }
    statistics.points.push_back(score->points);
    if (score->points >= rubric.pass) ++statistics.passed;
  }
  std::sort(statistics.points.begin(), statistics.points.end());
  return statistics;
}

double mean_of(const std::vector<double>& sorted) {
  double sum = 0;
  for (const double value : sorted) sum += value;
  return sum / static_cast<double>(sorted.size());
}

double median_of(const std::vector<double>& sorted) {
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return (sorted[middle - 1] + sorted[middle]) / 2;
}

/// "criterion: failed by 12 of 40", most failed first.
std::string failed_criteria(const std::vector<GradebookRow>& rows, const Rubric& rubric) {
  std::vector<std::pair<std::size_t, std::string>> failed;
  for (const Criterion& criterion : rubric.criteria) {
    const auto count = std::count_if(rows.begin(), rows.end(), [&](const GradebookRow& row) {
      const GradedCriterion* graded = find_criterion(row.grade, criterion.id);
      return graded != nullptr && graded->verdict.outcome == Outcome::fail;
    });
    if (count > 0) failed.emplace_back(static_cast<std::size_t>(count), criterion.id);
  }
  std::stable_sort(failed.begin(), failed.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, id] : failed) {
    text += fmt::format("  {}: failed by {} of {}\n", id, count, rows.size());
  }
  return text.empty() ? text : "Criteria that were failed most:\n" + text;
}

}  // namespace

std::optional<FinalScore> final_score(const GradebookRow& row,
                                      const std::optional<LatePolicy>& late) {
  if (row.grade.withheld) return std::nullopt;
  FinalScore score;
  for (const Adjustment& adjustment : row.adjustments) {
    score.adjustment += adjustment.points;
    if (adjustment.days_late > 0) score.days_late = adjustment.days_late;
  }
  if (late && score.days_late > 0) {
    const double kept = 100 - late->percent_per_day * score.days_late;
    const double percent = std::max({kept, late->floor_percent, 0.0});
    // In hundredths, cut off as score() does; the rest takes up what binary fractions lose.
    const double after = std::floor(row.grade.points * percent + 1e-6) / 100;
    score.late_penalty = row.grade.points - after;
  }
  score.points = std::max(0.0, row.grade.points - score.late_penalty + score.adjustment);
  return score;
}

std::vector<GradebookRow> sorted_by_name(std::vector<GradebookRow> rows) {
  std::sort(rows.begin(), rows.end(),
            [](const GradebookRow& a, const GradebookRow& b) { return a.name < b.name; });
  return rows;
}

std::string gradebook_csv(const std::vector<GradebookRow>& rows, const Rubric& rubric) {
  std::string csv = "submission,outcome,points,days_late,late_penalty,adjustment,final,points_max";
  for (const Criterion& criterion : rubric.criteria) csv += "," + csv_field(criterion.id);
  csv += ",problem\n";
  for (const GradebookRow& row : rows) csv += csv_line(row, rubric);
  return csv;
}

std::string gradebook_summary(const std::vector<GradebookRow>& rows, const Rubric& rubric) {
  std::string text;
  for (const GradebookRow& row : rows) {
    const std::optional<FinalScore> score = final_score(row, rubric.late);
    text += fmt::format("{:>8}  {:<14}  {}\n", score ? points_text(score->points) : "-",
                        outcome_text(row.grade), printable(row.name));
  }
  const Statistics statistics = gather(rows, rubric);
  text += fmt::format("\n{} submissions of {}: {} at or above the pass mark of {}", rows.size(),
                      rubric.exercise, statistics.passed, points_text(rubric.pass));
  if (!statistics.points.empty()) {
    text +=
        fmt::format("; mean {}, median {} of {} points", points_text(mean_of(statistics.points)),
                    points_text(median_of(statistics.points)), points_text(rubric.points));
  }
  text += "\n";
  if (statistics.withheld > 0) {
    text += fmt::format(
        "{} withheld: the grader itself failed there; see their reports, then "
        "grade again with --resume\n",
        statistics.withheld);
  }
  return text + failed_criteria(rows, rubric);
}

}  // namespace grader
