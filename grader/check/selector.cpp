#include "check/selector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "model/event_name.hpp"

namespace grader {
namespace {

using protocol::EventKind;

/// Marks that the harness makes for itself.
constexpr std::string_view kProcessName = "process.name";
constexpr std::string_view kThreadName = "thread.name";

bool is_about_process(EventKind kind) {
  return kind == EventKind::process_reaped || kind == EventKind::signal_sent ||
         kind == EventKind::process_exit || kind == EventKind::process_signalled;
}

bool is_about_signal(EventKind kind) {
  return kind == EventKind::process_signalled || kind == EventKind::signal_sent ||
         kind == EventKind::signal_delivered;
}

/// The text of a mark that the harness makes for itself, however the trace's reader kept it.
std::string mark_text(const TraceEvent& event) {
  if (!event.text.empty() || event.attributes.empty()) return event.text;
  const auto& [key, value] = event.attributes.front();
  return value.empty() ? key : value;
}

}  // namespace

std::uint64_t subject_of(const TraceEvent& event) {
  const bool sent = event.kind == EventKind::signal_sent;
  if (!is_about_process(event.kind) || (event.object == 0 && !sent)) return event.process;
  // A negative id is a process group, named after its leader.
  const auto id = static_cast<std::int64_t>(event.object);
  return id < 0 ? std::uint64_t{0} - event.object : event.object;
}

std::string signal_text(std::int64_t number) {
  const bool in_range = number > 0 && number < NSIG;
  const char* name = in_range ? sigabbrev_np(static_cast<int>(number)) : nullptr;
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

std::string attribute_of(const TraceEvent& event, std::string_view name) {
  for (const auto& [key, value] : event.attributes) {
    if (key == name) return value;
  }
  if (name == "thread") return std::to_string(event.thread);
  if (name == "process") return std::to_string(subject_of(event));
  if (name == "code" && event.kind == EventKind::process_exit) return std::to_string(event.value);
  if (name == "signal" && is_about_signal(event.kind)) return signal_text(event.value);
  if (name == "program" && event.kind == EventKind::process_exec) return event.name;
  if (event.kind == EventKind::output) {
    if (name == "stream") return event.value == 2 ? "stderr" : "stdout";
    if (name == "text") return event.text;
  }
  return "";
}

bool matches(const EventSelector& selector, const TraceEvent& event) {
  if (event.kind == EventKind::mark) {
    // The names of what the harness sees are never marks.
    if (event.name != selector.name || event_kind(selector.name)) return false;
  } else {
    const char* name = event_name(event.kind);
    if (name == nullptr || selector.name != name) return false;
  }
  return std::all_of(selector.where.begin(), selector.where.end(), [&](const auto& condition) {
    return attribute_of(event, condition.first) == condition.second;
  });
}

RunNames::RunNames(const Trace& trace) {
  for (const TraceEvent& event : trace) {
    // The first, because that is what the student's code asked for: a shell may execute its last
    // command in its own place, or not. A negative value is the errno of an exec that failed.
    if (event.kind == EventKind::process_exec && event.value >= 0) {
      executed_.emplace(event.process, event.name);
    }
    if (event.kind != EventKind::mark) continue;
    if (event.name == kThreadName) threads_[event.thread] = mark_text(event);
    if (event.name == kProcessName) {
      given_[static_cast<std::uint64_t>(event.value)] = mark_text(event);
    }
  }
}

std::string RunNames::thread(std::uint32_t id) const {
  const auto named = threads_.find(id);
  const std::string name = named == threads_.end() ? "" : " (" + named->second + ")";
  return (id == 1 ? "main thread" : "thread " + std::to_string(id)) + name;
}

std::string RunNames::process(std::uint64_t id) const {
  for (const auto* names : {&given_, &executed_}) {
    const auto named = names->find(id);
    if (named != names->end()) return named->second;
  }
  return "";
}

std::string event_line(const TraceEvent& event, const RunNames& names) {
  const char* name = event_name(event.kind);
  std::string line = fmt::format(
      "{:.6f} s  {}  {}", static_cast<double>(event.time_ns) / 1e9, names.thread(event.thread),
      event.kind == EventKind::mark || name == nullptr ? event.name : std::string(name));
  for (const auto& [key, value] : event.attributes) line += " " + key + "=" + value;
  if (is_about_signal(event.kind)) line += " " + signal_text(event.value);
  if (is_about_process(event.kind) || event.kind == EventKind::process_exec) {
    const std::string process = names.process(subject_of(event));
    if (!process.empty()) line += " (" + process + ")";
  }
  return line;
}

std::string selector_text(const EventSelector& selector) {
  std::string text = "`" + selector.name + "`";
  for (std::size_t i = 0; i < selector.where.size(); ++i) {
    text += (i == 0 ? " (" : ", ") + selector.where[i].first + "=" + selector.where[i].second;
  }
  return selector.where.empty() ? text : text + ")";
}

}  // namespace grader
