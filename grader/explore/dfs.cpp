#include "explore/dfs.hpp"

#include <algorithm>

#include "protocol/dependence.hpp"

namespace grader {

using protocol::Candidate;
using protocol::CandidateKind;
using protocol::Decision;
using protocol::dependent;

namespace {

bool same_candidate(const Candidate& a, const Candidate& b) {
  return a.thread == b.thread && a.kind == b.kind && a.operation == b.operation &&
         a.object == b.object;
}

bool same_question(const Decision& a, const Decision& b) {
  return a.candidates.size() == b.candidates.size() &&
         std::equal(a.candidates.begin(), a.candidates.end(), b.candidates.begin(), same_candidate);
}

// Whether the later one, which could not run before the earlier, may owe it that it can: a waiter
// takes its mutex again only after it was notified, but still has to wait for the mutex.
bool wakes(const Candidate& earlier, const Candidate& later) {
  const bool notifies = earlier.operation == protocol::EventKind::notify_one ||
                        earlier.operation == protocol::EventKind::notify_all;
  return notifies && later.operation == protocol::EventKind::lock;
}

// Whether the earlier one releases the lock that the later one takes.
bool gives_up(const Candidate& earlier, const Candidate& later) {
  if (later.operation == protocol::EventKind::unlock) return false;
  if (earlier.operation == protocol::EventKind::unlock) return true;
  return earlier.operation == protocol::EventKind::wait_begin && later.object != earlier.object &&
         later.object == earlier.object_2;
}

void join(std::vector<std::uint32_t>& clock, const std::vector<std::uint32_t>& other) {
  if (clock.size() < other.size()) clock.resize(other.size());
  for (std::size_t i = 0; i < other.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}

}  // namespace

std::size_t DfsSearch::previous_of(std::uint32_t thread, std::size_t end) const {
  for (std::size_t i = end; i > 0; --i) {
    if (stack_[i - 1].decision.taken().thread == thread) return i;
  }
  return 0;
}

bool DfsSearch::happened_before(std::size_t i, const Clock& clock) const {
  const std::uint32_t thread = stack_[i].decision.taken().thread;
  return thread < clock.size() && clock[thread] >= stack_[i].index_in_thread;
}

// Whether `thread` could run in the state before the step at `position`.
bool DfsSearch::offered(std::size_t position, std::uint32_t thread) const {
  const std::vector<Candidate>& candidates =
      position < stack_.size() ? stack_[position].decision.candidates : at_end_;
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](const Candidate& c) { return c.thread == thread; });
}

// Whether the step at `i` let `thread` run: it could not before, it could after.
bool DfsSearch::enabled_by(std::size_t i, std::uint32_t thread) const {
  return stack_[i].decision.taken().thread != thread && !offered(i, thread) &&
         offered(i + 1, thread);
}

// What had happened before the thread of `step` came to announce it: its own last step, or what
// brought it to life. Not what the step itself depends on.
DfsSearch::Clock DfsSearch::clock_before(const Candidate& step, std::size_t end) const {
  const std::size_t previous = previous_of(step.thread, end);
  if (previous > 0) return stack_[previous - 1].clock;
  std::size_t first = 0;
  while (first < end && !offered(first, step.thread)) ++first;
  // A thread that could not run at once when it was made: its maker is not known, and to say too
  // little costs a few runs, to say too much would lose some.
  const bool made = first > 0 && stack_[first - 1].decision.taken().operation ==
                                     protocol::EventKind::thread_create;
  return made ? stack_[first - 1].clock : Clock{};
}

bool DfsSearch::asleep(const Node& node, std::size_t candidate) const {
  const Candidate& c = node.decision.candidates[candidate];
  return std::any_of(node.sleep.begin(), node.sleep.end(),
                     [&](const Candidate& s) { return s.thread == c.thread && s.kind == c.kind; });
}

bool DfsSearch::passed_over(const Node& node, std::size_t candidate) const {
  const Decision& d = node.decision;
  return (d.head.flags & protocol::kPreviousYielded) != 0 &&
         d.candidates[candidate].thread == d.head.previous_thread &&
         protocol::passes_over(d.head.previous_thread, d.candidates);
}

// Sleepers and branches explored before, as far as the step taken leaves them asleep.
std::vector<Candidate> DfsSearch::sleep_after(const Node& node) const {
  std::vector<Candidate> sleep;
  if (reduction_ == Reduction::none) return sleep;
  const Candidate& taken = node.decision.taken();
  for (const Candidate& c : node.sleep) {
    if (!dependent(c, taken)) sleep.push_back(c);
  }
  for (std::size_t i = 0; i < node.done.size(); ++i) {
    const Candidate& c = node.decision.candidates[i];
    if (node.done[i] && i != node.decision.head.taken && !dependent(c, taken)) sleep.push_back(c);
  }
  return sleep;
}

void DfsSearch::want(Node& node, std::size_t candidate) {
  if (passed_over(node, candidate)) {
    want_all(node);  // the others must go first, whoever they are
  } else {
    node.backtrack[candidate] = true;
  }
}

void DfsSearch::want_all(Node& node) {
  for (std::size_t c = 0; c < node.backtrack.size(); ++c) {
    if (!passed_over(node, c)) node.backtrack[c] = true;
  }
}

void DfsSearch::append(const Decision& decision) {
  Node node;
  node.decision = decision;
  node.done.resize(decision.candidates.size());
  node.backtrack.resize(decision.candidates.size());
  if (!stack_.empty()) node.sleep = sleep_after(stack_.back());
  node.done[decision.head.taken] = true;
  for (std::size_t c = 0; c < decision.candidates.size(); ++c) {
    const bool is_environment = decision.candidates[c].kind != CandidateKind::step;
    if (reduction_ == Reduction::none || is_environment) want(node, c);
  }
  stack_.push_back(std::move(node));
}

// The happens-before relation: program order, dependent operations in their order, and whoever
// made it possible for the thread to run.
void DfsSearch::complete_clock(std::size_t position) {
  Node& node = stack_[position];
  const Candidate& taken = node.decision.taken();
  const std::size_t previous = previous_of(taken.thread, position);
  node.index_in_thread = previous > 0 ? stack_[previous - 1].index_in_thread + 1 : 1;
  node.clock = clock_before(taken, position);
  for (std::size_t i = 0; i < position; ++i) {
    const Candidate& earlier = stack_[i].decision.taken();
    if (dependent(earlier, taken) || (i >= previous && enabled_by(i, taken.thread))) {
      join(node.clock, stack_[i].clock);
    }
  }
  if (node.clock.size() <= taken.thread) node.clock.resize(taken.thread + 1);
  node.clock[taken.thread] = node.index_in_thread;
}

// `step` was announced and not yet performed when the steps before `end` were: each that it races
// with could have come after it.
void DfsSearch::add_backtrack_points(const Candidate& step, std::size_t end) {
  const Clock before = clock_before(step, end);
  const std::size_t previous = previous_of(step.thread, end);
  for (std::size_t i = end; i > 0; --i) {
    const Candidate& earlier = stack_[i - 1].decision.taken();
    if (earlier.thread == step.thread || !dependent(earlier, step)) continue;
    if (happened_before(i - 1, before)) continue;
    // Nobody takes a lock in the state in which another gives it up: it is the taking that counts,
    // further back. Only a try can come before the giving up; whether it is one shows once it
    // waits.
    const bool releases = gives_up(earlier, step);
    const bool pending = previous < i;
    if (releases && pending && !offered(i - 1, step.thread)) continue;
    reverse_race(i - 1, step, end);
    // Of the steps before the thread's previous one only the last needs to be looked at: the
    // earlier ones are, once that one is reversed.
    if (!pending && !releases) return;
  }
}

// The threads that can go first, in the state before step `i`, when `step` is to come before it:
// v is what came after `i` without depending on it, then `step`; whoever begins some order of v
// that is equivalent to v is one of its initials (Abdulla, Aronsson, Jonsson, Sagonas, "Optimal
// dynamic partial order reduction", POPL 2014).
std::vector<Candidate> DfsSearch::initials(std::size_t i, const Candidate& step,
                                           std::size_t end) const {
  std::vector<std::size_t> v;
  std::vector<Candidate> first;
  bool step_is_initial = true;
  for (std::size_t k = i + 1; k < end; ++k) {
    if (happened_before(i, stack_[k].clock)) continue;
    const Candidate& taken = stack_[k].decision.taken();
    if (dependent(taken, step)) step_is_initial = false;
    const bool is_first = std::none_of(v.begin(), v.end(), [&](std::size_t earlier) {
      return happened_before(earlier, stack_[k].clock);
    });
    if (is_first) first.push_back(taken);
    v.push_back(k);
  }
  if (step_is_initial) first.push_back(step);
  return first;
}

void DfsSearch::reverse_race(std::size_t i, const Candidate& step, std::size_t end) {
  Node& node = stack_[i];
  const std::vector<Candidate>& candidates = node.decision.candidates;
  const std::vector<Candidate> first = initials(i, step, end);
  std::size_t chosen = candidates.size();
  bool known = false;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const bool is_first = std::any_of(first.begin(), first.end(), [&](const Candidate& f) {
      return f.thread == candidates[c].thread && f.kind == candidates[c].kind;
    });
    if (!is_first) continue;
    known = known || node.backtrack[c] || node.done[c] || asleep(node, c);
    if (chosen == candidates.size() || candidates[c].thread == step.thread) chosen = c;
  }
  if (known) return;
  if (chosen < candidates.size()) return want(node, chosen);
  // Nobody who could begin can run there. When this very step let the thread run, the order cannot
  // be another; else somebody has to make room for it.
  const bool pending = previous_of(step.thread, end) <= i;
  if (pending && (enabled_by(i, step.thread) || wakes(node.decision.taken(), step))) return;
  want_all(node);
}

// What was announced and never came: operations of blocked threads, and of those that the end of
// the run cut off.
void DfsSearch::learn_end(std::vector<Candidate> blocked) {
  std::vector<Candidate>& pending = blocked;
  pending.insert(pending.end(), at_end_.begin(), at_end_.end());
  if (at_end_.empty() && !stack_.empty()) {
    const Decision& last = stack_.back().decision;
    for (const Candidate& c : last.candidates) {
      if (c.thread != last.taken().thread) pending.push_back(c);
    }
  }
  for (const Candidate& c : pending) add_backtrack_points(c, stack_.size());
}

bool DfsSearch::follows_stack(const protocol::DecisionLog& log) const {
  if (log.decisions.size() < stack_.size()) return false;
  for (std::size_t i = 0; i < stack_.size(); ++i) {
    const Decision& expected = stack_[i].decision;
    const Decision& seen = log.decisions[i];
    if (seen.final() || seen.abandoned() || !same_question(expected, seen) ||
        expected.head.taken != seen.head.taken) {
      return false;
    }
  }
  return true;
}

bool DfsSearch::learn(const protocol::DecisionLog& log) {
  if (!follows_stack(log)) return false;
  truncated_ = truncated_ || log.truncated;
  const std::size_t known = stack_.size();
  std::vector<Candidate> blocked;
  at_end_.clear();
  bool abandoned = false;
  for (std::size_t i = known; i < log.decisions.size(); ++i) {
    const Decision& decision = log.decisions[i];
    if (decision.final()) {
      blocked = decision.candidates;
    } else if (decision.abandoned() && !abandoned) {
      abandoned = true;
      at_end_ = decision.candidates;
    } else if (!abandoned) {
      append(decision);
    }
  }
  ++(abandoned ? redundant_ : completed_);
  if (reduction_ == Reduction::none) return true;
  for (std::size_t i = known == 0 ? 0 : known - 1; i < stack_.size(); ++i) {
    complete_clock(i);
    add_backtrack_points(stack_[i].decision.taken(), i);
  }
  learn_end(std::move(blocked));
  return true;
}

std::optional<DfsRun> DfsSearch::next() {
  if (!started_) {
    started_ = true;
    return DfsRun{};
  }
  while (!stack_.empty()) {
    Node& node = stack_.back();
    for (std::size_t c = 0; c < node.backtrack.size(); ++c) {
      if (!node.backtrack[c] || node.done[c] || asleep(node, c)) continue;
      node.decision.head.taken = static_cast<std::uint32_t>(c);
      DfsRun run;
      run.sleeping = sleep_after(node);
      node.done[c] = true;
      for (const Node& n : stack_) {
        const auto count = static_cast<std::uint32_t>(n.decision.candidates.size());
        if (count > 1) run.choices.push_back({n.decision.head.taken, count});
      }
      return run;
    }
    stack_.pop_back();
  }
  return std::nullopt;
}

}  // namespace grader
