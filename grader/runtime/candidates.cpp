#include "runtime/candidates.hpp"

#include "runtime/cancellation.hpp"
#include "runtime/outside.hpp"
#include "runtime/processes.hpp"
#include "runtime/signals.hpp"
#include "runtime/tokens.hpp"

namespace grader::runtime {
namespace {

using protocol::Candidate;
using protocol::CandidateKind;

bool is_free(const Object& lock) { return lock.owner == nullptr && lock.readers.empty(); }

// First position of `thread`'s candidates in `ready`, or where they would be.
std::uint32_t position_of(const ArenaVector<Candidate>& ready, std::uint32_t thread) {
  std::uint32_t low = 0;
  std::uint32_t high = ready.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (ready[middle].thread < thread) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Candidate candidate_of(const Thread& thread, CandidateKind kind) {
  const Operation& op = thread.pending;
  Candidate c;
  c.thread = thread.id;
  c.kind = kind;
  c.is_write = op.is_write;
  c.operation = op.kind;
  c.object = op.object != nullptr ? op.object->id : 0;
  c.object_2 = op.object_2 != nullptr ? op.object_2->id : 0;
  c.location = op.location;
  c.deadline_ns = kind == CandidateKind::timeout ? op.deadline_ns : 0;
  return c;
}

void drop_candidates(Thread& thread) {
  World& w = world();
  const std::uint32_t at = position_of(w.ready, thread.id);
  while (at < w.ready.size() && w.ready[at].thread == thread.id) w.ready.erase(at);
  if (thread.enabled) --w.steppable;
  if (thread.signalled) --w.deliverable;
  thread.enabled = false;
  thread.signalled = false;
}

bool comes_before_its_deadline(Guard guard) {
  return guard == Guard::free_lock || guard == Guard::free_shared || guard == Guard::positive ||
         guard == Guard::signal_there;
}

// POSIX: a timed lock that can be had is had, and a signal that is there is taken, whatever the
// clock says.
bool may_time_out(const Thread& thread) {
  if (process_of(thread).stopped) return false;
  return !(thread.enabled && comes_before_its_deadline(thread.pending.guard));
}

bool sleeps_before(const Thread& a, const Thread& b) {
  if (a.pending.deadline_ns != b.pending.deadline_ns) {
    return a.pending.deadline_ns < b.pending.deadline_ns;
  }
  return a.id < b.id;
}

void insert_sleeper(Thread& thread) {
  World& w = world();
  std::uint32_t at = w.sleepers.size();
  while (at > 0 && sleeps_before(thread, *w.sleepers[at - 1])) --at;
  w.sleepers.insert(w.arena, at, &thread);
}

void move_clock(std::int64_t to_ns) {
  World& w = world();
  if (to_ns <= w.now_ns) return;
  w.now_ns = to_ns;
  w.step_of_time = w.step;
}

// Since when the longest waiting of the threads that can run, or take a signal, has been able to.
std::int64_t oldest_runnable_since() {
  World& w = world();
  std::int64_t oldest = w.now_ns;
  for (const Candidate& c : w.ready) {
    const Thread& thread = *w.threads[c.thread - 1];
    std::int64_t since = w.now_ns;
    if (c.kind == CandidateKind::step) since = thread.enabled_at_ns;
    if (c.kind == CandidateKind::signal) since = thread.signalled_at_ns;
    if (since < oldest) oldest = since;
  }
  return oldest;
}

// More than libstdc++ spins for before std::atomic::wait sleeps (12 looks, then 4 after a yield
// each): else time would pass before the thread that is about to sleep can be seen asleep.
constexpr std::uint32_t kIdleSpins = 32;     ///< polls in a row that make a thread idle
constexpr std::uint64_t kPatienceShare = 4;  ///< of the step budget, without time moving

Thread* earliest_sleeper() {
  for (Thread* thread : world().sleepers) {
    if (may_time_out(*thread)) return thread;
  }
  return nullptr;
}

// Inserts the time-out of `thread` into `merged`, keeping the order by (thread, kind).
void merge_timeout(const Thread& thread) {
  World& w = world();
  std::uint32_t at = position_of(w.merged, thread.id);
  while (at < w.merged.size() && w.merged[at].thread == thread.id &&
         w.merged[at].kind < CandidateKind::timeout) {
    ++at;
  }
  w.merged.insert(w.arena, at, candidate_of(thread, CandidateKind::timeout));
}

// The rule of `delay_max`: a time-out may come at `deadline` when nobody who can run would then
// have been kept waiting for longer than that.
void merge_timeouts(std::int64_t oldest) {
  World& w = world();
  const std::int64_t delay_max = w.header->options.delay_max_ns;
  for (Thread* thread : w.sleepers) {
    if (!may_time_out(*thread)) continue;
    const std::int64_t deadline = thread->pending.deadline_ns;
    const bool offered = deadline <= w.now_ns || delay_max == protocol::kDelayUnlimited ||
                         deadline - oldest <= delay_max;
    if (!offered) break;
    merge_timeout(*thread);
    if (deadline < oldest) oldest = deadline;
  }
}

}  // namespace

// Then waiting is what the program does, and time passes.
bool everybody_polls() {
  World& w = world();
  if (w.step - w.step_of_time > w.header->options.step_budget / kPatienceShare) return true;
  for (const Candidate& c : w.ready) {
    if (c.kind != CandidateKind::step) continue;
    if (w.threads[c.thread - 1]->spins < kIdleSpins) return false;
  }
  return true;
}

bool can_step(const Thread& thread) {
  return guard_holds(thread) || (thread.pending.cancellable && is_cancelled(thread));
}

bool guard_holds(const Thread& thread) {
  const Operation& op = thread.pending;
  const Object* object = op.object;
  switch (op.guard) {
    case Guard::open:
      return true;
    case Guard::never:
      return false;
    case Guard::free_lock:
      return is_free(*object);
    case Guard::free_shared:
      return object->owner == nullptr;
    case Guard::free_or_own:
      return object->owner == nullptr || object->owner == &thread;
    case Guard::token:
      return has_token(*object, thread);
    case Guard::token_lock:
      return has_token(*object, thread) && is_free(*op.object_2);
    case Guard::positive:
      return object->value > 0;
    case Guard::opened:
      return object->generation != thread.barrier_generation;
    case Guard::ended:
      return object->thread->life == Life::ended;
    case Guard::not_running:
      return object->owner == nullptr;
    case Guard::changed:
      return object->generation != thread.seen;
    case Guard::child_ended:
      return wait_can_end(thread);
    case Guard::signal_there:
      return is_signal_there(thread);
  }
  return false;
}

void refresh(Thread& thread) {
  World& w = world();
  const bool stopped = process_of(thread).stopped;
  const bool signalled = has_deliverable_signal(thread) && (!stopped || is_killed(thread));
  if (!signalled) {
    thread.signalled_at_ns = kNoDeadline;
  } else if (thread.signalled_at_ns == kNoDeadline) {
    thread.signalled_at_ns = w.now_ns;
  }
  if (!thread.announced) return;
  const bool could = thread.enabled;
  const bool can = !stopped && can_step(thread) && !(signalled && is_signal_overdue(thread));
  const bool offers_more = !stopped && (thread.pending.may_wake || thread.pending.may_fail);
  if (could == can && signalled == thread.signalled && (could || !offers_more)) return;
  drop_candidates(thread);
  std::uint32_t at = position_of(w.ready, thread.id);
  if (can) {
    thread.enabled = true;
    thread.enabled_at_ns = w.now_ns;
    ++w.steppable;
    w.ready.insert(w.arena, at++, candidate_of(thread, CandidateKind::step));
  }
  const Operation& op = thread.pending;
  if (op.may_wake && offers_more)
    w.ready.insert(w.arena, at++, candidate_of(thread, CandidateKind::spurious_wake));
  if (op.may_fail && offers_more)
    w.ready.insert(w.arena, at++, candidate_of(thread, CandidateKind::try_failure));
  if (!signalled) return;
  thread.signalled = true;
  ++w.deliverable;
  w.ready.insert(w.arena, at, candidate_of(thread, CandidateKind::signal));
}

void announce(Thread& thread, const Operation& operation) {
  World& w = world();
  thread.pending = operation;
  thread.announced = true;
  if (operation.guard != Guard::open) {
    if (operation.object != nullptr) operation.object->pending.push_back(w.arena, &thread);
    if (operation.object_2 != nullptr) operation.object_2->pending.push_back(w.arena, &thread);
  }
  if (operation.deadline_ns != kNoDeadline) insert_sleeper(thread);
  refresh(thread);
}

void retract(Thread& thread) {
  World& w = world();
  drop_candidates(thread);
  thread.announced = false;
  const Operation& op = thread.pending;
  if (op.deadline_ns != kNoDeadline) w.sleepers.remove(&thread);
  if (op.guard == Guard::open) return;
  if (op.object != nullptr) op.object->pending.remove(&thread);
  if (op.object_2 != nullptr) op.object_2->pending.remove(&thread);
}

std::span<const Candidate> collect_candidates() {
  World& w = world();
  const bool somebody_can_go_on = w.steppable + w.deliverable > 0;
  if (w.sleepers.empty() || time_waits_for_outside()) {
    if (!somebody_can_go_on) return {};
    return {w.ready.begin(), w.ready.size()};
  }
  w.merged.clear();
  Thread* earliest = earliest_sleeper();
  const bool waits = w.deliverable == 0 && earliest != nullptr && everybody_polls();
  if (!somebody_can_go_on || waits) {
    if (earliest == nullptr) return {};
    move_clock(earliest->pending.deadline_ns);
    merge_timeouts(earliest->pending.deadline_ns);
    return {w.merged.begin(), w.merged.size()};
  }
  for (const Candidate& c : w.ready) w.merged.push_back(w.arena, c);
  merge_timeouts(oldest_runnable_since());
  return {w.merged.begin(), w.merged.size()};
}

std::span<const Candidate> blocked_operations() {
  World& w = world();
  w.merged.clear();
  for (Thread* thread : w.threads) {
    if (thread->announced && !thread->enabled) {
      w.merged.push_back(w.arena, candidate_of(*thread, CandidateKind::step));
    }
  }
  return {w.merged.begin(), w.merged.size()};
}

}  // namespace grader::runtime
