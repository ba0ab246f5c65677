#pragma once

#include <string>

namespace grader {

/// What a benchmark of a submission against the reference gave: the ratio of their times (above 1:
/// the submission is slower), with the confidence interval of the median ratio.
struct BenchmarkMeasurement {
  std::string scenario;
  double ratio = 0;
  double ratio_low = 0;
  double ratio_high = 0;
  std::string failure;  ///< why there is no measurement; empty: there is one
};

}  // namespace grader
