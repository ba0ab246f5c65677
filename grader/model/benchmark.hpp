#pragma once

#include <cstdint>
#include <string>

namespace grader {

/// What a benchmark of a submission against the reference gave: the ratio of their CPU times (above
/// 1: the submission is slower), with the confidence interval of the median ratio. One of the three
/// reasons is set where there is no ratio.
struct BenchmarkMeasurement {
  std::string scenario;
  double ratio = 0;
  double ratio_low = 0;
  double ratio_high = 0;
  std::string failure = {};   ///< the grader could not measure
  std::string ended = {};     ///< the submission did not get to the end of the scenario
  std::string withheld = {};  ///< there is nothing to compare with, which is nobody's fault
  std::uint64_t pairs = 0;    ///< runs of each that were compared
};

}  // namespace grader
