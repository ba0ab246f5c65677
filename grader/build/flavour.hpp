#pragma once

namespace grader {

/// What a compilation is for.
enum class Flavour {
  instrumented,  ///< to be explored and searched for races: -O1 -fsanitize=thread
  native,        ///< to be measured: -O2, as a user of the code would build it
};

}  // namespace grader
