#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace grader {

/// A median and what it lies between.
struct RatioInterval {
  double median = 0;
  double low = 0;
  double high = 0;
};

/// Fewest values that can tell a median at kConfidence.
constexpr std::size_t kPairsMin = 8;
/// Chance that the interval holds the median of all the values that could have been drawn.
constexpr double kConfidence = 0.99;

/// The interval of the median by order statistics: no assumption on how the values are spread, and
/// a few disturbed ones move it little. Nothing for fewer than kPairsMin values.
std::optional<RatioInterval> median_interval(std::vector<double> values);

/// Whether more pairs are to be measured to tell on which side of `bound` the median lies.
bool is_undecided(const RatioInterval& interval, double bound);

}  // namespace grader
