#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/selector.hpp"

namespace grader {

/// How a process ended: by `signal`, or with `code` when it is 0.
struct ProcessEnd {
  int code = 0;
  int signal = 0;
};

/// A descendant of the program, as the trace shows it.
struct SeenProcess {
  std::uint64_t id = 0;
  std::string name;  ///< given by the scenario, else of the first program executed, else ""
  std::optional<ProcessEnd> end;
};

/// The processes of one run, read off its trace.
class ProcessTable {
 public:
  explicit ProcessTable(const Trace& trace);

  /// All but the program itself, in order of appearance.
  [[nodiscard]] const std::vector<SeenProcess>& processes() const { return processes_; }
  /// Children that ended and nobody reaped, as the harness flagged them.
  [[nodiscard]] std::uint64_t unreaped() const { return unreaped_; }
  /// How many children of the program were alive at once.
  [[nodiscard]] std::uint64_t alive_max() const { return alive_max_; }
  /// Names of the processes that were sent SIGKILL and no SIGTERM before, each once.
  [[nodiscard]] const std::vector<std::string>& killed_without_warning() const {
    return killed_without_warning_;
  }

 private:
  void read_life(const TraceEvent& event);
  void read_signals(const Trace& trace, const RunNames& names);
  SeenProcess& process(std::uint64_t id);

  std::vector<SeenProcess> processes_;
  std::vector<std::uint64_t> alive_;
  std::vector<std::string> killed_without_warning_;
  std::uint64_t unreaped_ = 0;
  std::uint64_t alive_max_ = 0;
};

/// Names of the processes that a mark `process.reported` speaks of before they were reaped. A mark
/// without an attribute `process` is the n-th, and needs n reapings before it; its name is "".
std::vector<std::string> reported_before_reaped(const Trace& trace);

}  // namespace grader
