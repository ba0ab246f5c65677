#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/finding.hpp"

namespace grader {

/// Merged worst first: error > fail > inconclusive > pass. `skipped` means that a criterion it
/// requires did not pass; it earns nothing.
enum class Outcome { pass, inconclusive, fail, error, skipped };

const char* to_text(Outcome outcome);

/// The worse of two outcomes in the order above; `skipped` gives way to anything.
Outcome merge(Outcome a, Outcome b);

/// The judgement of one criterion.
struct Verdict {
  std::string criterion;
  Outcome outcome = Outcome::error;
  double earned = 0;       ///< share of the points, 0 to 1, after the criterion's credit rule
  std::uint64_t runs = 0;  ///< how many runs it rests on
  std::string summary;     ///< one line
  std::vector<Finding> findings;  ///< the evidence, first failure first; one per distinct defect
};

}  // namespace grader
