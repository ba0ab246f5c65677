#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/finding.hpp"
#include "model/rubric.hpp"
#include "model/sync_site.hpp"
#include "protocol/event.hpp"

namespace grader {

/// How a run ended.
struct Exited {
  int code = 0;
  bool operator==(const Exited&) const = default;
};
struct Signalled {
  int signal = 0;
  bool operator==(const Signalled&) const = default;
};
struct Deadlocked {
  bool operator==(const Deadlocked&) const = default;
};
struct Livelocked {
  bool operator==(const Livelocked&) const = default;
};
struct LimitExceeded {
  std::string limit;  ///< "wall", "cpu", "memory", "output", "processes", "events"
  bool operator==(const LimitExceeded&) const = default;
};
/// The grader's own fault: nothing may be concluded about the submission.
struct SandboxFailed {
  std::string reason;
  bool operator==(const SandboxFailed&) const = default;
};
using Termination =
    std::variant<Exited, Signalled, Deadlocked, Livelocked, LimitExceeded, SandboxFailed>;

/// "exited with status 3", "was killed by SIGSEGV", …
std::string to_text(const Termination& termination);

/// One step of a run, decoded from protocol::Event.
struct TraceEvent {
  protocol::EventKind kind = protocol::EventKind::none;
  std::uint64_t sequence = 0;
  std::uint64_t step = 0;
  std::int64_t time_ns = 0;
  std::uint16_t flags = 0;  ///< protocol::kUnreaped
  std::uint32_t process = 0;
  std::uint32_t thread = 0;
  std::uint64_t object = 0;
  std::int64_t value = 0;
  std::uint64_t location = 0;  ///< protocol::make_location; symbolised only when shown
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< of a mark
  std::string text;                                             ///< of other kinds
};
using Trace = std::vector<TraceEvent>;

/// Which detector ran underneath.
enum class RuntimeKind { plain, thread_sanitizer };

/// What is to be run: one scenario, one runtime, a number of schedules.
struct RunPlan {
  std::string scenario;
  ExploreMode mode = ExploreMode::native;
  RuntimeKind runtime = RuntimeKind::plain;
  std::uint64_t schedules = 1;
  ExploreSettings settings;
  Limits limits;
  bool output_is_checked = true;  ///< what no check reads is not kept of the runs
  bool trace_is_checked = true;   ///< its marks and calls; the scenario's assertions always are
};

/// What was seen of one run.
struct Observation {
  std::string scenario;
  ExploreMode mode = ExploreMode::native;
  RuntimeKind runtime = RuntimeKind::plain;
  std::uint64_t schedule = 0;  ///< index among the runs of its plan, from 0
  std::string replay;
  Termination termination = Exited{};
  bool closed = false;  ///< the harness's closing record was there, with the right key
  bool passed = false;  ///< the scenario's assertions held; only meaningful when closed
  Trace trace;
  std::vector<Finding> findings;
  std::vector<SyncSite> sites;  ///< of a scouting run (protocol::MutationKind::scout)
  std::string stdout_text;
  std::string stderr_text;
  std::uint64_t zombies = 0;  ///< children that ended and were never reaped
  std::uint64_t orphans = 0;  ///< descendants still alive when the program had ended
  std::int64_t cpu_us = 0;
  std::int64_t virtual_time_ns = 0;
  std::uint64_t steps = 0;
  std::uint32_t threads_max = 0;
  std::uint64_t happens_before_hash = 0;
  std::uint64_t trace_hash = 0;
};

}  // namespace grader
