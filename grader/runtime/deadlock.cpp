#include "runtime/deadlock.hpp"

#include "runtime/finding.hpp"
#include "runtime/processes.hpp"
#include "runtime/stream_ends.hpp"

namespace grader::runtime {
namespace {

using protocol::FindingKind;

constexpr std::uint32_t kThreadsTold = 8;  // of those that go round in circles

bool is_blocked(const Thread& thread) {
  return thread.life != Life::ended && thread.announced && !thread.enabled;
}

// The lock that a blocked thread needs: its own operation's, or the one of the wait that it was
// woken from.
const Object* needed_lock(const Thread& thread) {
  const Operation& op = thread.pending;
  switch (op.guard) {
    case Guard::free_lock:
    case Guard::free_shared:
    case Guard::free_or_own:
    case Guard::not_running:
      return op.object;
    default:
      return nullptr;
  }
}

// One that the kernel refused: `value` is the thread that is in the way.
bool is_file_lock(const Operation& op) {
  return op.guard == Guard::changed && op.object->kind == ObjectKind::file;
}

// For whom a blocked thread waits; null when that is nobody in particular.
const Thread* waits_for(const Thread& thread) {
  const Operation& op = thread.pending;
  if (op.guard == Guard::ended) return op.object->thread;
  if (is_file_lock(op)) {
    const auto id = static_cast<std::uint32_t>(op.value);
    return id != 0 ? world().threads[id - 1] : nullptr;
  }
  const Object* lock = needed_lock(thread);
  if (lock == nullptr) return nullptr;
  if (lock->owner != nullptr) return lock->owner;
  return !lock->readers.empty() ? lock->readers[0].thread : nullptr;
}

std::uint64_t hold_location(const Object& lock, const Thread& holder) {
  if (lock.owner == &holder) return lock.owner_location;
  for (const Hold& hold : lock.readers) {
    if (hold.thread == &holder) return hold.location;
  }
  return 0;
}

const char* waits_to(const Operation& op) {
  return op.kind == EventKind::pipe_read ? " waits to read from " : " waits to write into ";
}

// Whom waitpid is for: a child by its number, or anybody.
void tell_awaited(Finding& finding, const Thread& thread) {
  Sentence& s = finding.sentence;
  s << thread << " waits for the end of ";
  const Process* child = nullptr;
  for (const Process* process : world().processes) {
    const std::int64_t selector = thread.pending.value;
    if (selector > 0 && is_awaited(*process, process_of(thread), selector)) child = process;
  }
  if (child != nullptr) s << "process " << std::uint64_t{child->id};
  if (child == nullptr) s << "a child of process " << std::uint64_t{thread.process};
  finding.at(thread.pending.location);
}

// "thread 2 waits for mutex 1 at {0}, which thread 3 took at {1}".
void tell_wait(Finding& finding, const Thread& thread) {
  const Operation& op = thread.pending;
  Sentence& s = finding.sentence;
  if (op.guard == Guard::never) {
    s << thread << " waits for something that never comes";
    finding.at(op.location);
    return;
  }
  const bool is_transfer = op.kind == EventKind::pipe_read || op.kind == EventKind::pipe_write;
  if (process_of(thread).stopped) {
    s << thread << " is stopped, and nobody lets it go on";
    return;
  }
  if (op.guard == Guard::child_ended) {
    tell_awaited(finding, thread);
    return;
  }
  s << thread << (is_transfer ? waits_to(op) : " waits for ");
  if (op.object != nullptr) s << *op.object;
  finding.at(op.location);
  if (is_transfer && op.object != nullptr) tell_other_end(finding, thread);
  const Thread* holder = waits_for(thread);
  if (holder == nullptr || op.guard == Guard::ended) return;
  if (holder == &thread) {
    s << ", which it holds itself since it took it";
  } else {
    s << ", which " << *holder << " took";
  }
  finding.at(hold_location(*op.object, *holder));
  const bool is_copy = op.object->process == thread.process && holder->process != thread.process;
  if (is_copy) {
    s << " in process " << std::uint64_t{holder->process} << " before process "
      << std::uint64_t{thread.process} << " was forked";
    finding.at(thread.create_location);
    s << ": nobody there can give it back";
    return;
  }
  if (holder->life == Life::ended) s << " and held when it ended";
}

// A thread on a cycle of "waits for", or null.
const Thread* find_cycle() {
  for (const Thread* start : world().threads) {
    if (!is_blocked(*start)) continue;
    const Thread* at = start;
    for (std::uint32_t n = 0; at != nullptr && n <= world().threads.size(); ++n) {
      at = is_blocked(*at) ? waits_for(*at) : nullptr;
      if (at == start) return start;
    }
  }
  return nullptr;
}

bool is_condition_wait(const Thread& thread) {
  return is_blocked(thread) &&
         (thread.pending.guard == Guard::token || thread.pending.guard == Guard::token_lock);
}

// Whether `thread` sleeps on although the last notify was meant for it too: it came before the wait
// began, or was for one only and another one took it and went on. (Somebody who took it and waits
// again is another mistake: the wrong one was woken.)
bool missed_notify(const Thread& thread) {
  if (!is_condition_wait(thread)) return false;
  const Object& object = *thread.pending.object;
  if (object.kind != ObjectKind::condition || object.notify_thread == 0) return false;
  if (object.notify_found_nobody) return true;
  if (!object.notify_woke_one || thread.wait_sequence > object.notify_sequence) return false;
  if (object.last_taker == 0) return false;
  const Thread& taker = *world().threads[object.last_taker - 1];
  return !(is_condition_wait(taker) && taker.pending.object == &object);
}

const Thread* find_lost_wakeup() {
  for (const Thread* thread : world().threads) {
    if (missed_notify(*thread)) return thread;
  }
  return nullptr;
}

void tell_cycle(Finding& finding, const Thread& start) {
  finding.kind = FindingKind::deadlock;
  finding.thread = &start;
  finding.object = start.pending.object;
  finding.sentence << "deadlock: ";
  const Thread* at = &start;
  do {
    if (at != &start) finding.sentence << "; ";
    tell_wait(finding, *at);
    at = waits_for(*at);
  } while (at != &start);
}

void tell_lost_wakeup(Finding& finding, const Thread& waiter) {
  const Object& object = *waiter.pending.object;
  finding.kind = FindingKind::lost_wakeup;
  finding.thread = &waiter;
  finding.object = &object;
  finding.sentence << "lost wake-up: " << waiter << " waits on " << object;
  finding.at(waiter.pending.location);
  finding.sentence << " for ever; the last notify, by "
                   << *world().threads[object.notify_thread - 1];
  finding.at(object.notify_location);
  finding.sentence << (object.notify_found_nobody ? ", came when nobody waited"
                                                  : ", woke one of several who waited");
}

void tell_everybody(Finding& finding) {
  finding.kind = FindingKind::deadlock;
  finding.sentence << "deadlock: nobody can go on: ";
  bool first = true;
  for (const Thread* thread : world().threads) {
    if (!is_blocked(*thread)) continue;
    if (!first) finding.sentence << "; ";
    if (first) finding.thread = thread;
    if (first) finding.object = thread->pending.object;
    first = false;
    tell_wait(finding, *thread);
  }
}

void tell_locks_held(const Thread& thread) {
  for (const Object* lock : thread.held) {
    if (lock->robust) continue;  // made to outlive its owner: who locks it next is told
    Finding finding;
    finding.kind = FindingKind::misuse;
    finding.thread = &thread;
    finding.object = lock;
    finding.sentence << thread << " still held " << *lock << " when "
                     << (thread.life == Life::ended ? "it" : "the program") << " ended, taken";
    finding.at(hold_location(*lock, thread));
    report(finding);
  }
}

}  // namespace

void report_deadlock() {
  Finding finding;
  const Thread* cycle = find_cycle();
  const Thread* lost = cycle == nullptr ? find_lost_wakeup() : nullptr;
  if (cycle != nullptr) {
    tell_cycle(finding, *cycle);
  } else if (lost != nullptr) {
    tell_lost_wakeup(finding, *lost);
  } else {
    tell_everybody(finding);
  }
  report(finding);
}

void report_livelock() {
  Finding finding;
  finding.kind = FindingKind::livelock;
  finding.sentence << "livelock: after " << world().header->options.step_budget
                   << " steps the program has not ended: ";
  std::uint32_t told = 0;
  std::uint32_t others = 0;
  for (const Thread* thread : world().threads) {
    if (thread->life == Life::ended || !(thread->enabled || thread->id == world().previous_thread))
      continue;
    if (told == kThreadsTold) {
      ++others;
      continue;
    }
    if (told++ > 0) finding.sentence << "; ";
    if (finding.thread == nullptr) finding.thread = thread;
    finding.sentence << *thread << (thread->spins > 0 ? " polls" : " goes on");
    finding.at(thread->announced ? thread->pending.location : thread->location);
  }
  if (others > 0) finding.sentence << "; and so do " << others << " more";
  report(finding);
}

void report_leftovers(const Thread& exiting) {
  for (const Thread* thread : world().threads) {
    if (thread->process != local.process->id) continue;
    if (thread == &exiting || thread->life == Life::ended) tell_locks_held(*thread);
    if (thread->is_main || thread->detached || thread->joined) continue;
    Finding finding;
    finding.kind = FindingKind::leak;
    finding.thread = thread;
    finding.object = thread->object;
    finding.sentence << *thread << ", created";
    finding.at(thread->create_location);
    finding.sentence << ", was never joined nor detached";
    report(finding);
  }
}

}  // namespace grader::runtime
