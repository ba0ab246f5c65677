#pragma once

#include <string>

#include "explore/explorer.hpp"
#include "explore/lanes.hpp"

namespace grader {

/// A failure for the terminal: the sentence, the lanes, and the command that shows it again.
std::string failure_text(const Failure& failure, const LanesStyle& style);

}  // namespace grader
