#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/decision_log.hpp"

namespace grader {

/// One run that a search asks for: the choices that lead to where it departs from an earlier run,
/// and the sleep set there (see runtime/strategy/dfs.hpp).
struct DfsRun {
  std::vector<protocol::Choice> choices;
  std::vector<protocol::Candidate> sleeping;
};

/// Stateless depth-first search over all schedules of a program, driven from outside: ask for a
/// run, perform it with the decisions recorded, tell what happened, until there is none left.
///
/// Reduction: dynamic partial-order reduction (Flanagan, Godefroid, POPL 2005) with sleep sets, so
/// that of all schedules that order dependent operations alike exactly one is completed. Each run's
/// trace shows which of its operations raced; only there the search comes back.
/// - Time-outs, spurious wake-ups, failing tries and signals are always explored where offered.
/// - A thread that yielded lets the others go first: unfair schedules of spinning threads, of which
///   there are infinitely many, are left out.
/// - Threads that touch the same memory without a scheduling point between them (a data race at
///   points `sync`) are outside of what is reduced soundly.
class DfsSearch {
 public:
  enum class Reduction { none, partial_order };
  explicit DfsSearch(Reduction reduction) : reduction_(reduction) {}

  /// The next run; nothing when all schedules are explored. `learn` must come before the next call.
  std::optional<DfsRun> next();

  /// What the run that `next` gave did. False when it did not follow the choices given: then the
  /// program is not controlled, and the search cannot go on.
  [[nodiscard]] bool learn(const protocol::DecisionLog& log);

  /// Runs that went to their end, and those that were cut short because they were known.
  [[nodiscard]] std::uint64_t completed() const { return completed_; }
  [[nodiscard]] std::uint64_t redundant() const { return redundant_; }
  /// Some run was longer than what could be recorded: "all explored" cannot be said.
  [[nodiscard]] bool truncated() const { return truncated_; }

 private:
  using Clock = std::vector<std::uint32_t>;  // by thread id: how many of its steps came before

  struct Node {
    protocol::Decision decision;             // candidates; head.taken is the branch being explored
    std::vector<bool> done;                  // by candidate: explored, or being explored
    std::vector<bool> backtrack;             // by candidate: to be explored
    std::vector<protocol::Candidate> sleep;  // on entry
    std::uint32_t index_in_thread = 0;       // of the step taken: the thread's how manieth, from 1
    Clock clock;                             // what happened before the step taken, itself included
  };

  // What a thread did last before step `end`: position + 1, 0 for never.
  [[nodiscard]] std::size_t previous_of(std::uint32_t thread, std::size_t end) const;
  [[nodiscard]] bool happened_before(std::size_t i, const Clock& clock) const;
  [[nodiscard]] bool enabled_by(std::size_t i, std::uint32_t thread) const;
  [[nodiscard]] Clock clock_before(const protocol::Candidate& step, std::size_t end) const;
  [[nodiscard]] bool asleep(const Node& node, std::size_t candidate) const;
  [[nodiscard]] bool passed_over(const Node& node, std::size_t candidate) const;
  [[nodiscard]] std::vector<protocol::Candidate> sleep_after(const Node& node) const;

  void append(const protocol::Decision& decision);
  void complete_clock(std::size_t position);
  void add_backtrack_points(const protocol::Candidate& step, std::size_t end);
  [[nodiscard]] std::vector<protocol::Candidate> initials(std::size_t i,
                                                          const protocol::Candidate& step,
                                                          std::size_t end) const;
  void reverse_race(std::size_t i, const protocol::Candidate& step, std::size_t end);
  void want(Node& node, std::size_t candidate);
  void want_all(Node& node);
  [[nodiscard]] bool follows_stack(const protocol::DecisionLog& log) const;
  [[nodiscard]] bool offered(std::size_t position, std::uint32_t thread) const;
  void learn_end(std::vector<protocol::Candidate> blocked);

  Reduction reduction_;
  std::vector<Node> stack_;
  bool started_ = false;
  std::vector<protocol::Candidate> at_end_;  // who could run when the last run ended or was cut
  std::uint64_t completed_ = 0;
  std::uint64_t redundant_ = 0;
  bool truncated_ = false;
};

}  // namespace grader
