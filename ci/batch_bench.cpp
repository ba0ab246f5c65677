// What does a batch cost, against the number of submissions? Each differs by a comment; in the
// second row all are the same. Wall time, on all cores.
#include <benchmark/benchmark.h>

#include <cstdio>

#include "tiny_course.hpp"

namespace {

using grader::testing_support::kCorrect;
using grader::testing_support::TinyCourse;

void batch(benchmark::State& state, bool identical) {
  const TinyCourse course;
  const auto count = state.range(0);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string name = "s" + std::to_string(i);
    course.write("in/" + name + "/counter.cpp", kCorrect + ("// " + (identical ? "" : name)));
  }
  // What is built once an exercise is no part of a batch's cost.
  static_cast<void>(course.grader("check 1"));
  for (auto _ : state) {
    const auto ran = course.grader("batch in --exercise 1 --output out", 3000);
    if (ran.status != 0) return state.SkipWithError(ran.output.c_str());
    state.PauseTiming();
    static_cast<void>(course.shell("rm -rf out"));
    state.ResumeTiming();
  }
  state.counters["submissions_per_minute"] = benchmark::Counter(
      60.0 * static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}

void all_different(benchmark::State& state) { batch(state, false); }
void all_the_same(benchmark::State& state) { batch(state, true); }

BENCHMARK(all_different)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(all_the_same)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
