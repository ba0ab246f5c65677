#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "model/benchmark.hpp"
#include "model/observation.hpp"
#include "model/process_run.hpp"

namespace grader {

/// One scenario to be measured with two libraries, one after the other.
struct BenchmarkPlan {
  std::string scenario;
  std::filesystem::path program;      ///< the exercise's benchmarks
  std::filesystem::path submission;   ///< libsubmission.so of the submission
  std::filesystem::path reference;    ///< and of the reference
  std::filesystem::path directory;    ///< for what the runs write; exists
  double ratio_max = 0;               ///< the bound that is to be told from the ratio
  std::uint64_t pairs_max = 32;       ///< the budget, in runs of each
  std::int64_t time_max_ms = 60'000;  ///< the budget, in time
  Limits limits;                      ///< of each run
};

struct BenchmarkSettings {
  RunProcess run;  ///< the sandbox
  Isolation isolation = Isolation::none;
};

/// Runs the scenario with either library in turns, each run in a process of its own and all on the
/// one core that is quietest now, until the interval of the median ratio lies on one side of the
/// bound or the budget is spent. Never fails: a measurement says why there is none.
BenchmarkMeasurement run_benchmark(const BenchmarkPlan& plan, const BenchmarkSettings& settings);

}  // namespace grader
