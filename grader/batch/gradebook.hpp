#pragma once

#include <optional>
#include <string>
#include <vector>

#include "batch/journal.hpp"
#include "model/grade.hpp"
#include "model/rubric.hpp"

namespace grader {

/// A submission in the gradebook: its automatic grade, and what was changed by hand.
struct GradebookRow {
  std::string name;
  Grade grade;
  std::vector<Adjustment> adjustments;  ///< of this submission, in the order recorded
};

/// What a row comes to. All in points.
struct FinalScore {
  int days_late = 0;  ///< the last that was recorded
  double late_penalty = 0;
  double adjustment = 0;  ///< sum of those by hand
  double points = 0;      ///< never below 0
};

/// The score after the late penalty, then the adjustments; none when the grade is withheld.
std::optional<FinalScore> final_score(const GradebookRow& row,
                                      const std::optional<LatePolicy>& late);

/// The rows sorted by name (by bytes, so that the order is the same everywhere).
std::vector<GradebookRow> sorted_by_name(std::vector<GradebookRow> rows);

/// grades.csv: a line a submission, in the order given; a column a criterion after the totals. The
/// points of a withheld grade are empty, never 0.
std::string gradebook_csv(const std::vector<GradebookRow>& rows, const Rubric& rubric);

/// What the terminal shows when all is done: a line a submission, then how many passed, the mean
/// and the median, and which criteria were failed most.
std::string gradebook_summary(const std::vector<GradebookRow>& rows, const Rubric& rubric);

}  // namespace grader
