#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "batch/candidate.hpp"
#include "batch/gradebook.hpp"
#include "batch/journal.hpp"

namespace grader {

/// What a batch is made of. The functions are called from several threads at once.
struct BatchPlan {
  std::vector<Candidate> candidates;
  Rubric rubric;
  std::filesystem::path output;  ///< exists; reports/ and grades.csv go there
  unsigned jobs = 0;             ///< 0: one a core
  /// Names what a grade depends on: the same key, the same grade.
  std::function<Result<std::string>(const Candidate&)> key;
  std::function<Grade(const Candidate&)> grade;
  /// Points anew from a grade of the journal, for a rubric whose points changed.
  std::function<Grade(const Grade&)> rescore;
  std::function<std::string(const Grade&)> report;  ///< text of the file in reports/
  std::function<bool()> interrupted;
  /// Told of each grade that is decided, one call at a time. `graded`: it was not in the journal.
  std::function<void(const Grade&, bool graded)> done;
};

struct BatchResult {
  std::vector<GradebookRow> rows;  ///< of what is done, sorted by name
  std::size_t graded = 0;          ///< that the journal did not have
  std::size_t reused = 0;
  bool interrupted = false;  ///< rows are missing
};

/// Grades what the journal does not hold, writes a report for each candidate as it is done, and
/// grades.csv at the end, also when interrupted. Identical submissions are graded once. A withheld
/// grade is reported but not kept in the journal, so that the next run tries it again. An error
/// means that the output can no longer be written.
Result<BatchResult> run_batch_plan(const BatchPlan& plan, Journal& journal);

}  // namespace grader
