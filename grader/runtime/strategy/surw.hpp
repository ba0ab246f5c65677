#pragma once

#include <span>

#include "runtime/strategy/environment.hpp"

namespace grader::runtime {

/// Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025). Of the run's
/// operations some are interesting: those at the call sites of the given profile, which the grader
/// draws anew for each schedule. Their order is sampled uniformly over all their interleavings: the
/// thread to perform the next one is drawn in proportion to how many each has left, and until it
/// has done so the others stop before theirs. Uninteresting steps are taken at random. Where the
/// threads that may run only yield to each other, they wait for one of those that were stopped:
/// then any may go on.
struct Surw {
  /// How the uninteresting steps of the threads that may run are ordered.
  enum class Filler : std::uint8_t { uniform, by_priority };

  Table<std::uint64_t> remaining;   ///< by thread id: interesting operations still to come
  Table<std::uint64_t> locations;   ///< the interesting call sites, ascending, each once
  Table<std::uint64_t> priorities;  ///< by thread id, for Filler::by_priority; 0: to be drawn
  std::uint64_t floor = 0;          ///< lowest of the priorities given so far to one who yielded
  Filler filler = Filler::uniform;
  std::uint32_t idle_yields = 0;  ///< since an interesting operation was performed
  std::uint32_t intended = 0;     ///< who performs the next interesting operation; 0: to be drawn
};

void surw_start(Surw& surw, std::span<const protocol::ProfileEntry> profile, Random& random,
                Arena& arena);
std::uint32_t surw_choose(Surw& surw, const Environment& environment, const ChoicePoint& point,
                          Random& random);

}  // namespace grader::runtime
