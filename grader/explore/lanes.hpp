#pragma once

#include <string>

#include "explore/explorer.hpp"

namespace grader {

struct LanesStyle {
  bool colour = false;
  unsigned width = 100;       ///< columns of the terminal
  std::size_t rows_max = 60;  ///< the middle of a longer run is left out
};

/// A failing run as a picture: a column a thread, a row a step, in the order in which they
/// happened, with its place in the sources; where a thread was preempted, where one blocked, and
/// what the clock did. Ends with a newline.
std::string draw_lanes(const Failure& failure, const LanesStyle& style);

}  // namespace grader
