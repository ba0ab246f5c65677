#include "check/process_table.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <set>

namespace grader {
namespace {

using protocol::EventKind;

constexpr std::uint64_t kProgram = 1;  ///< process id of the scenario program itself

ProcessEnd end_of_status(std::int64_t wait_status) {
  const int status = static_cast<int>(wait_status);
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

ProcessTable::ProcessTable(const Trace& trace) {
  for (const TraceEvent& event : trace) read_life(event);
  const RunNames names(trace);
  for (SeenProcess& process : processes_) process.name = names.process(process.id);
  read_signals(trace, names);
}

SeenProcess& ProcessTable::process(std::uint64_t id) {
  const auto known = std::find_if(processes_.begin(), processes_.end(),
                                  [&](const SeenProcess& process) { return process.id == id; });
  if (known != processes_.end()) return *known;
  processes_.push_back({id, "", std::nullopt});
  return processes_.back();
}

void ProcessTable::read_life(const TraceEvent& event) {
  const std::uint64_t id = subject_of(event);
  if (id == kProgram) return;
  if ((event.flags & protocol::kUnreaped) != 0) ++unreaped_;
  const auto gone = [&] { std::erase(alive_, id); };
  switch (event.kind) {
    case EventKind::process_start:
      process(id);
      // Grandchildren are the business of the child that started them.
      if (event.value != static_cast<std::int64_t>(kProgram) && event.value != 0) return;
      alive_.push_back(id);
      alive_max_ = std::max<std::uint64_t>(alive_max_, alive_.size());
      return;
    case EventKind::process_exec:
      process(id);
      return;
    case EventKind::process_exit:
      process(id).end = ProcessEnd{static_cast<int>(event.value), 0};
      return gone();
    case EventKind::process_signalled:
      process(id).end = ProcessEnd{0, static_cast<int>(event.value)};
      return gone();
    case EventKind::process_reaped:
      process(id).end = end_of_status(event.value);
      return gone();
    default:
      return;
  }
}

void ProcessTable::read_signals(const Trace& trace, const RunNames& names) {
  std::set<std::uint64_t> warned;
  std::set<std::uint64_t> told;
  for (const TraceEvent& event : trace) {
    if (event.kind != EventKind::signal_sent) continue;
    const std::uint64_t target = subject_of(event);
    if (event.value == SIGTERM) warned.insert(target);
    if (event.value != SIGKILL || warned.count(target) != 0) continue;
    if (told.insert(target).second) killed_without_warning_.push_back(names.process(target));
  }
}

std::vector<std::string> reported_before_reaped(const Trace& trace) {
  const RunNames names(trace);
  std::multiset<std::string> reaped;
  std::vector<std::string> early;
  std::size_t reported = 0;
  for (const TraceEvent& event : trace) {
    if (event.kind == EventKind::process_reaped) reaped.insert(names.process(subject_of(event)));
    if (event.kind != EventKind::mark || event.name != "process.reported") continue;
    ++reported;
    std::string name;
    for (const auto& [key, value] : event.attributes) {
      if (key == "process") name = value;
    }
    const bool known = name.empty() ? reaped.size() >= reported : reaped.count(name) != 0;
    if (!known) early.push_back(name);
  }
  return early;
}

}  // namespace grader
