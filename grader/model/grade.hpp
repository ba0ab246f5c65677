#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/benchmark.hpp"
#include "model/build_result.hpp"
#include "model/rubric.hpp"
#include "model/verdict.hpp"

namespace grader {

/// A criterion with what it earned.
struct GradedCriterion {
  std::string id;
  std::string title;
  std::string check;
  std::string hint;
  Verdict verdict;
  double points = 0;
  double points_max = 0;
  bool bonus = false;
  Visibility visibility = Visibility::always;
};

/// How long the stages took, and what was measured of the submission. The only part of a report
/// that differs from one grading to the next.
struct Timing {
  std::int64_t total_ms = 0;
  std::int64_t build_ms = 0;
  std::int64_t explore_ms = 0;
  std::int64_t cpu_ms = 0;
  std::vector<BenchmarkMeasurement> benchmarks = {};
};

/// The result of grading one submission of one exercise: all that a report needs.
struct Grade {
  std::string exercise;
  std::string title;
  std::string submission;
  std::string command;  ///< what shows it again: "grader check 4 --submission DIR"
  double points = 0;    ///< 0 when withheld
  double points_max = 0;
  double pass_mark = 0;
  Outcome outcome = Outcome::error;  ///< pass: at or above the pass mark
  bool withheld = false;             ///< the grader's own fault: there is no score
  bool built = false;
  std::string problem;  ///< why it was refused, did not build, or was withheld
  std::vector<Diagnostic> diagnostics;
  std::vector<GradedCriterion> criteria;
  Timing timing;
};

}  // namespace grader
