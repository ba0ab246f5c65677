#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "check/specification.hpp"

namespace grader {

constexpr std::size_t kNeverReturned = std::numeric_limits<std::size_t>::max();

/// A call with the positions in the trace where it began and ended. Calls whose intervals overlap
/// were under way at once; `end` is kNeverReturned for one that was still under way at the end.
struct TimedCall {
  Call call;
  std::size_t begin = 0;
  std::size_t end = kNeverReturned;
};
using History = std::vector<TimedCall>;

enum class Linearizability { yes, no, undecided };

/// Whether some order of the calls explains every result: calls that did not overlap keep their
/// order, and `specification` allows each result. A call that never returned may have taken effect
/// at any time after its begin, or not at all.
/// Decides by Wing and Gong's search ("Testing and verifying concurrent objects", JPDC 17, 1993)
/// with Lowe's memory of (calls done, state) pairs ("Testing for linearizability", CCPE 29(4),
/// 2017). `undecided` once more than `steps_max` steps were tried: the problem is NP-complete.
Linearizability decide_linearizability(const History& history, const Specification& specification,
                                       std::size_t steps_max);

/// The shortest beginning of a history that is not linearizable which is not so either:
/// linearizable histories have only linearizable beginnings, so it is found by halving. Calls under
/// way at its end have not returned in it.
History shortest_failing_prefix(const History& history, const Specification& specification,
                                std::size_t steps_max);

}  // namespace grader
