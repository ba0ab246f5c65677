#pragma once

#include <memory>
#include <vector>

#include "explore/controlled_session.hpp"

namespace grader {

/// The warm parents of one built submission, kept from one scenario to the next: starting one costs
/// as much as dozens of runs, and which scenario runs is told to each run. Not for several threads,
/// and a parent ends with the thread that started it: the pool stays in the thread that uses it.
class SessionPool {
 public:
  using Sessions = std::vector<std::unique_ptr<ControlledSession>>;

  /// `count` sessions of `program`, the j-th pinned to the j-th core: those that were given back,
  /// and fresh ones. All that use one pool ask for the same program, but for `program.runtime`.
  Result<Sessions> lend(const ControlledProgram& program, unsigned count);

  /// Takes them back after runs without an error. A session that had one is over: it is dropped.
  void give_back(Sessions sessions);

 private:
  Sessions plain_;
  Sessions sanitized_;
};

}  // namespace grader
