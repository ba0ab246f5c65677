#pragma once

#include <span>

#include "runtime/strategy/replay.hpp"
#include "runtime/strategy/table.hpp"

namespace grader::runtime {

/// One run of a depth-first search that the grader drives: the given choices lead to the state
/// where this run departs from an earlier one; from there on the default policy decides among the
/// threads that do not sleep. The sleep set (Godefroid, "Partial-order methods for the verification
/// of concurrent systems", 1996) holds operations whose continuations are known already; one wakes
/// up when something dependent on it happens. When all that can run is asleep, the rest of the run
/// tells nothing new: it is abandoned.
struct Dfs {
  Replay prefix;
  Table<Candidate> sleeping;  ///< after the prefix: valid; before: as given
  bool abandoned = false;     ///< from here on the run repeats a known one
};

void dfs_start(Dfs& dfs, std::span<const protocol::Choice> given,
               std::span<const Candidate> sleeping, Arena& arena);
std::uint32_t dfs_choose(Dfs& dfs, const ChoicePoint& point);

}  // namespace grader::runtime
