#pragma once

#include <vector>

#include "explore/symbolizer.hpp"
#include "explore/trace_reader.hpp"
#include "explore/tsan_report.hpp"
#include "model/observation.hpp"

namespace grader {

/// The calls that the `call_site` events of a scouting run tell of: those that come from one of the
/// student's files, each once for every thread that made it. Atomics that the library updates for
/// itself are left out, such as how it counts the owners of a shared_ptr.
std::vector<SyncSite> read_sync_sites(const Trace& trace, const ChannelView& view,
                                      const ReportSources& sources, Symbolizer& symbolizer);

}  // namespace grader
