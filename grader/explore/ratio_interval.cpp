#include "explore/ratio_interval.hpp"

#include <algorithm>
#include <cmath>

namespace grader {
namespace {

/// How many of the smallest and of the largest of `count` values lie outside the interval. A value
/// is below the median with chance one half: the number below it follows the binomial distribution.
std::size_t left_out(std::size_t count) {
  double chance = std::pow(0.5, static_cast<double>(count));  // of 0 values below the median
  double outside = 2 * chance;
  std::size_t left = 0;
  while (outside <= 1 - kConfidence) {
    ++left;
    chance *= static_cast<double>(count - left + 1) / static_cast<double>(left);
    outside += 2 * chance;
  }
  return left;
}

double median_of(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[half];
  return (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace

std::optional<RatioInterval> median_interval(std::vector<double> values) {
  if (values.size() < kPairsMin) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t left = left_out(values.size());
  return RatioInterval{median_of(values), values[left - 1], values[values.size() - left]};
}

bool is_undecided(const RatioInterval& interval, double bound) {
  return interval.low <= bound && bound < interval.high;
}

}  // namespace grader
