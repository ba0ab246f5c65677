#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/finding.hpp"
#include "model/observation.hpp"
#include "protocol/channel.hpp"

namespace grader {

/// A channel as the grader sees it after the run. The program under test could write anywhere in
/// it, so offsets and counts in its header are not believed: the layout follows from `sizes`, and
/// every reference is checked.
struct ChannelView {
  const std::byte* base = nullptr;
  protocol::ChannelSizes sizes;
};

/// Whose ids the events hold.
enum class TraceIds {
  counted,  ///< the runtime's: from 1, in order of creation
  kernel,   ///< pids and tids; they are renumbered from 1 in order of appearance
};

/// What the harness said of the run.
struct HarnessRecord {
  bool closed = false;  ///< a closing record with the key of the run
  bool passed = false;  ///< the last test_end before it said so, and no assertion failed
};

/// The events in order. Unwritten or unknown ones are left out; names and texts are made printable
/// UTF-8-safe copies as they are. A mark's text is split into attributes. With TraceIds::kernel,
/// process 1 and thread 1 are those of `program` (its pid); `object` of process_reaped,
/// process_exit and process_signalled, `value` of process_start (the parent) and of the mark
/// "process.name" become process numbers too, 0 when the process is not known.
Trace read_trace(const ChannelView& view, TraceIds ids, std::uint32_t program = 0);

/// How many events were lost because the channel was full.
std::uint64_t lost_events(const ChannelView& view);

/// What ThreadSanitizer reported in the run, as the runtime (or the watching library) wrote it
/// down.
struct Reports {
  std::string text;        ///< in the form of a log: see parse_reports
  std::uint32_t lost = 0;  ///< beyond those that the channel holds
};
Reports read_reports(const ChannelView& view);

/// The harness's verdict; `key` is the run's closing key.
HarnessRecord read_harness_record(const Trace& trace, std::uint64_t key);

/// What the runtime found, without scenario, schedule and replay; `location_codes[i]` are those of
/// finding i, for the symbolizer.
struct RuntimeFinding {
  Finding finding;
  std::uint64_t step = 0;
  std::vector<std::uint64_t> location_codes;
};
std::vector<RuntimeFinding> read_findings(const ChannelView& view);

/// The path of module `index` (from 1) of the channel's table; empty when there is none.
std::string read_module(const ChannelView& view, std::uint32_t index);

}  // namespace grader
