#pragma once

#include <cstdint>

#include "model/source_location.hpp"
#include "protocol/mutation.hpp"

namespace grader {

/// A call by which a submission synchronises, as a scouting run saw it.
struct SyncSite {
  protocol::SyncCall call = protocol::SyncCall::lock;
  std::uint64_t site = 0;   ///< protocol::Mutation::site
  SourceLocation location;  ///< of the first call in the submission's own files
  bool adjacent = false;    ///< a lock: the thread's next step was another lock

  auto operator<=>(const SyncSite&) const = default;
};

}  // namespace grader
