#pragma once

#include <span>

#include "model/benchmark.hpp"
#include "model/build_result.hpp"
#include "model/observation.hpp"
#include "model/rubric.hpp"
#include "model/verdict.hpp"

namespace grader {

/// All that a verdict may rest on.
struct CheckInput {
  const BuildResult& build;
  std::span<const Observation> observations;           ///< of all scenarios and runtimes
  ExploreMode default_mode = ExploreMode::native;      ///< the rubric's explore.mode
  std::span<const BenchmarkMeasurement> benchmarks{};  ///< for `speed: benchmark`
};

/// Judges one criterion. Fails closed: what was not run, or could not be judged, never passes.
/// Pure: equal input gives an equal verdict.
Verdict check(const Criterion& criterion, const CheckInput& input);

}  // namespace grader
