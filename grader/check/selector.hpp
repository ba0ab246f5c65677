#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/observation.hpp"
#include "model/rubric.hpp"

namespace grader {

/// Events of a trace in order; what patterns are judged on.
using EventList = std::vector<const TraceEvent*>;

/// The value of an attribute: the event's own if it has one of that name, else what the harness
/// knows (docs/rubric_format.md): thread, process, code, signal, program, stream, text. Empty when
/// there is none.
std::string attribute_of(const TraceEvent& event, std::string_view name);

bool matches(const EventSelector& selector, const TraceEvent& event);

/// The process that an event of a process's life is about, which is not always the one that it
/// happened in: a parent reaps its child.
std::uint64_t subject_of(const TraceEvent& event);

/// "SIGTERM", or "signal 200" for a number without a name.
std::string signal_text(std::int64_t number);

/// The names of the threads and processes of a run, for messages.
class RunNames {
 public:
  explicit RunNames(const Trace& trace);
  /// "main thread", "thread 3", "thread 3 (worker-1)".
  [[nodiscard]] std::string thread(std::uint32_t id) const;
  /// The name given by the scenario, else the first program executed; empty when unknown.
  [[nodiscard]] std::string process(std::uint64_t id) const;

 private:
  std::map<std::uint32_t, std::string> threads_;
  std::map<std::uint64_t, std::string> given_;
  std::map<std::uint64_t, std::string> executed_;
};

/// One line: "0.120 s  thread 3  task.start task=3".
std::string event_line(const TraceEvent& event, const RunNames& names);

/// "`task.start`", "`task.start` (task=3)".
std::string selector_text(const EventSelector& selector);

}  // namespace grader
