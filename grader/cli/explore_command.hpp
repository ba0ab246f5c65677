#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "protocol/run_options.hpp"

namespace grader {

struct ExploreArguments {
  /// C and C++ sources to be built; or, when the first does not look like one, a built program and
  /// its arguments.
  std::vector<std::string> command;
  std::string strategy = "portfolio";
  std::uint64_t schedules = 1'000;
  std::uint64_t seed = 1;
  std::string delay_max = "500";  ///< milliseconds, or "unlimited"
  std::string points = "atomics";
  std::uint64_t step_budget = 20'000;
  std::uint32_t alive_max = 2'000;
  bool race = false;
  int expect_exit = 0;
  bool stop_on_first = false;
  std::string format = "terminal";
  unsigned jobs = 0;  ///< 0: one a core
  bool colour = false;
  bool progress = false;
  unsigned width = 100;
};

/// `grader explore`: runs any program under the controlled scheduler, schedule after schedule.
/// Returns the exit status: 0 nothing found, 1 something found, 2 usage, 3 the sources do not
/// compile, 70 the grader's own fault.
int run_explore(const ExploreArguments& arguments);

}  // namespace grader
