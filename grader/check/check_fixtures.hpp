#pragma once

// For the tests of this folder alone: short ways to write runs and criteria down.

#include <string>
#include <utility>
#include <vector>

#include "check/check.hpp"

namespace grader::check_fixtures {

using Attributes = std::vector<std::pair<std::string, std::string>>;

/// Builds a trace event by event; sequence numbers and times follow by themselves.
class TraceBuilder {
 public:
  TraceBuilder& mark(const std::string& name, Attributes attributes = {},
                     std::uint32_t thread = 1) {
    TraceEvent& event = add(protocol::EventKind::mark, thread);
    event.name = name;
    event.attributes = std::move(attributes);
    return *this;
  }
  TraceEvent& add(protocol::EventKind kind, std::uint32_t thread = 1, std::uint32_t process = 1) {
    TraceEvent event;
    event.kind = kind;
    event.sequence = trace_.size();
    event.time_ns = static_cast<std::int64_t>(trace_.size()) * 1'000'000;
    event.thread = thread;
    event.process = process;
    trace_.push_back(event);
    return trace_.back();
  }
  /// A child of the program that executes `program`.
  TraceBuilder& child(std::uint32_t id, const std::string& program) {
    add(protocol::EventKind::process_start, id, id).value = 1;
    add(protocol::EventKind::process_exec, id, id).name = program;
    return *this;
  }
  TraceBuilder& reaped(std::uint32_t id, int wait_status) {
    TraceEvent& event = add(protocol::EventKind::process_reaped);
    event.object = id;
    event.value = wait_status;
    return *this;
  }
  TraceBuilder& signal(std::uint32_t target, int number) {
    TraceEvent& event = add(protocol::EventKind::signal_sent);
    event.object = target;
    event.value = number;
    return *this;
  }
  [[nodiscard]] const Trace& trace() const { return trace_; }

 private:
  Trace trace_;
};

inline EventSelector event(const std::string& name) { return {name, {}}; }

inline Criterion criterion(CheckParameters check) {
  Criterion made;
  made.id = "c";
  made.points = 10;
  made.check = std::move(check);
  return made;
}

/// A run that ended well.
inline Observation good_run(const std::string& scenario = "S.One", Trace trace = {}) {
  Observation run;
  run.scenario = scenario;
  run.closed = true;
  run.passed = true;
  run.trace = std::move(trace);
  return run;
}

inline Observation sanitizer_run(const std::string& scenario = "S.One") {
  Observation run = good_run(scenario);
  run.runtime = RuntimeKind::thread_sanitizer;
  return run;
}

inline Finding finding(FindingKind kind, const std::string& message = "it did") {
  Finding made;
  made.kind = kind;
  made.message = message;
  return made;
}

/// The verdict on `runs` of a submission that builds and whose exercise has scenario S.One.
inline Verdict judged(const Criterion& made, const std::vector<Observation>& runs,
                      std::vector<std::string> scenarios = {"S.One"}) {
  Built built;
  built.scenarios = std::move(scenarios);
  const BuildResult build = built;
  return check(made, CheckInput{build, runs});
}

}  // namespace grader::check_fixtures
