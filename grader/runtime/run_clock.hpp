#pragma once

#include "protocol/fork_server.hpp"
#include "runtime/world.hpp"

// How long a run may go on. What counts is the CPU time that it used, not the time that went by: on
// a machine with too much to do an honest run is slow, but it uses no more CPU time than elsewhere.
namespace grader::runtime {

/// In the undertaker: one of these a run.
class RunClock {
 public:
  /// Starts now; `child` is the run's first process.
  RunClock(long child, const protocol::ForkRequest& request);

  /// How long nothing has to be looked at.
  [[nodiscard]] long pause_ms() const;

  /// Whether the run is to be stopped, and why. Costs next to nothing before pause_ms are over.
  protocol::RunStop look(const World& w);

 private:
  bool nobody_wants_to_run(const World& w, std::int64_t used_ms);

  long child_;
  std::int64_t cpu_timeout_ms_;
  std::int64_t wall_timeout_ms_;
  std::int64_t start_ms_;
  std::int64_t next_look_ms_;
  std::int64_t used_before_ms_ = -1;
  unsigned looks_asleep_ = 0;
};

}  // namespace grader::runtime
