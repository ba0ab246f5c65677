// The program that measures one scenario of an exercise with Google Benchmark, and says in the
// channel what it costs. It runs the submission or the reference, and knows nothing of the other.
#include <benchmark/benchmark.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "harness/channel_writer.hpp"
#include "harness/closing_key.hpp"
#include "harness/scenario_run.hpp"

namespace {

using grader::harness::append;
using grader::protocol::EventKind;

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
/// Long against the resolution of the clocks, and short enough for many turns in a second.
constexpr double kTime_s = 0.01;

/// What Google Benchmark measured, in nanoseconds of CPU time an iteration, of all threads.
class Measurement : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred || run.iterations == 0) continue;
      constexpr double kNanoseconds = 1e9;
      cpu_ns = run.cpu_accumulated_time * kNanoseconds / static_cast<double>(run.iterations);
    }
  }

  double cpu_ns = 0;
};

/// 0 when the scenario failed.
double measure(const std::string& scenario) {
  const auto run = [&](benchmark::State& state) {
    for (auto iteration : state) {
      (void)iteration;
      if (grader::harness::run_scenario(scenario)) continue;
      state.SkipWithError("the scenario failed");
      break;
    }
  };
  benchmark::RegisterBenchmark(scenario.c_str(), run)->MeasureProcessCPUTime()->MinTime(kTime_s);
  Measurement measured;
  benchmark::RunSpecifiedBenchmarks(&measured);
  return measured.cpu_ns;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t closing_key = grader::harness::take_closing_key();
  int gtest_argc = 1;
  testing::InitGoogleTest(&gtest_argc, argv);
  const std::string scenario = argc == 2 ? argv[1] : "";
  if (!grader::harness::has_scenario(scenario)) {
    std::fprintf(stderr, "usage: %s SUITE.NAME\n", argv[0]);
    return kUsage;
  }
  grader::harness::prepare_recording();
  const double cpu_ns = measure(scenario);
  const bool passed = cpu_ns > 0;
  append(EventKind::test_end, scenario, scenario, passed ? 0 : 1);
  append(EventKind::closing, "", std::to_string(cpu_ns), static_cast<std::int64_t>(closing_key));
  return passed ? kPassed : kFailed;
}
