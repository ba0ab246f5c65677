#include "runtime/controller.hpp"

#include "runtime/cancellation.hpp"
#include "runtime/candidates.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/hash.hpp"
#include "runtime/mutation.hpp"
#include "runtime/objects.hpp"
#include "runtime/outside.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/shared_accesses.hpp"
#include "runtime/signals.hpp"
#include "runtime/timers.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {

Local local;
thread_local Thread* self_thread __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

using protocol::Candidate;
using protocol::RunEnd;

// What a thread does after its end for the model, in the C library and ThreadSanitizer, happens in
// real time: its stack and its part of the heap are given to others. So that this comes at the
// same point in every run, whoever goes on first waits until the kernel knows it no more.
void await_teardown() {
  World& w = world();
  if (w.leaving == 0) return;
  constexpr int kPatience = 100'000;  // it may wait for something itself, against all rules
  for (int i = 0; i < kPatience && raw_syscall(SYS_tkill, w.leaving, 0) == 0; ++i) {
    raw_syscall(SYS_sched_yield);
  }
  w.leaving = 0;
}

void park(Thread& self) {
  while (self.baton.load(std::memory_order_acquire) == 0) raw_futex_wait(&self.baton, 0);
  self.baton.store(0, std::memory_order_relaxed);
  await_teardown();
}

void hand_over(Thread& to) {
  to.baton.store(1, std::memory_order_release);
  raw_futex_wake(&to.baton);
}

// The hash of a happens-before relation: each step's hash covers the step's causal past alone, and
// the sum does not depend on the order in which unrelated steps came.
void note_order(Thread& thread, CandidateKind kind, Object* object, bool is_write) {
  if (object == nullptr) return;
  std::uint64_t h = mix(thread.chain, mix(object->birth, object->write_chain));
  h = mix(h, (static_cast<std::uint64_t>(thread.pending.kind) << 8U) |
                 static_cast<std::uint64_t>(kind));
  if (is_write) {
    h = mix(h, object->read_sum);
    object->write_chain = h;
    object->read_sum = 0;
  } else {
    object->read_sum += h;
  }
  thread.chain = h;
  world().happens_before_hash += h;
}

void note_step(Thread& thread, CandidateKind kind) {
  World& w = world();
  const Operation& op = thread.pending;
  const std::uint64_t object = op.object != nullptr ? op.object->id : 0;
  w.trace_hash = mix(w.trace_hash, (std::uint64_t{thread.id} << 32U) |
                                       (static_cast<std::uint64_t>(op.kind) << 8U) |
                                       static_cast<std::uint64_t>(kind));
  w.trace_hash = mix(w.trace_hash, object);
  begin_segment(thread);
  note_order(thread, kind, op.object, op.is_write);
  note_order(thread, kind, op.object_2, op.is_write);
  thread.location = op.location;
  if (op.recorded && kind != CandidateKind::signal) record_step(thread, kind);
  write_summary();
}

// A thread that asks again and again for the same thing makes no progress by itself.
void note_spin(Thread& thread) {
  const Operation& op = thread.pending;
  if (!op.polls_clock) thread.clock_reads = 0;
  thread.looks = 0;
  if (op.undecided) return;
  if (!op.passes_over) {
    thread.spins = 0;
    thread.seen_count = 0;
    return;
  }
  ++thread.spins;
  thread.spin_location = op.location;
}

// For a debugger: stops in the thread that was chosen at the step asked for.
void meet_breakpoint() {
  const World& w = world();
  if (w.step == w.header->options.trap_at_step && w.step != 0) __asm__ volatile("int3");
}

[[noreturn]] void end_blocked() {
  record_final(local.channel, blocked_operations());
  report_deadlock();
  meet_breakpoint();
  end_run(RunEnd::deadlocked, kEndedByRuntime);
}

void keep_choice(std::uint32_t taken, std::uint32_t candidates) {
  World& w = world();
  if (candidates < 2) return;
  if (w.choices < w.header->choices_capacity) {
    local.channel.choices()[w.choices] = {taken, candidates};
  }
  ++w.choices;
}

// What the strategy says about the run beyond the answer.
void heed_strategy() {
  World& w = world();
  if (strategy_diverged(w.strategy)) end_run(RunEnd::replay_diverged, kEndedByRuntime);
  if (strategy_abandoned(w.strategy)) {
    record_final(local.channel, blocked_operations());
    end_run(RunEnd::abandoned, kEndedByRuntime);
  }
  if (w.step > w.header->options.step_budget) {
    record_final(local.channel, blocked_operations());
    report_livelock();
    end_run(RunEnd::livelocked, kEndedByRuntime);
  }
}

// Fault runs: the end of a process at a step of somebody's choice.
void kill_as_asked() {
  const World& w = world();
  const protocol::RunOptions& options = w.header->options;
  if (options.kill_at_step == 0 || w.step + 1 != options.kill_at_step) return;
  if (options.kill_process == 0 || options.kill_process > w.processes.size()) return;
  Process& victim = *w.processes[options.kill_process - 1];
  if (!victim.ended) kill_at_once(victim);
}

void note_signal(Thread& thread, CandidateKind kind) {
  thread.takes_signal = kind == CandidateKind::signal;
  if (thread.takes_signal) {
    thread.signal_delays = 0;
  } else if (has_deliverable_signal(thread)) {
    ++thread.signal_delays;
  }
}

// One scheduling step: who, and as what. The chosen one's operation is performed in the model's
// books here; the chosen thread does the rest once it runs.
Thread* choose_one() {
  World& w = world();
  bury_the_dead();
  kill_as_asked();
  const std::span<const Candidate> candidates = collect_candidates();
  if (candidates.empty()) {
    if (w.threads_alive == 0 || await_outside()) return nullptr;
    end_blocked();
  }
  ++w.step;
  const ChoicePoint point{w.step, w.now_ns, w.previous_thread, w.previous_yielded, candidates};
  const std::uint32_t taken = strategy_choose(w.strategy, point);
  record_decision(local.channel, w.strategy, point, taken);
  heed_strategy();
  keep_choice(taken, static_cast<std::uint32_t>(candidates.size()));
  const Candidate chosen = candidates[taken];
  Thread* thread = w.threads[chosen.thread - 1];
  if (chosen.kind == CandidateKind::timeout && chosen.deadline_ns > w.now_ns) {
    w.now_ns = chosen.deadline_ns;
    w.step_of_time = w.step;
  }
  thread->chosen = chosen.kind;
  // Only a cancellation lets a thread go on whose operation cannot be performed.
  if (chosen.kind == CandidateKind::step && !guard_holds(*thread)) {
    thread->chosen = CandidateKind::signal;
  }
  retract(*thread);
  note_signal(*thread, chosen.kind);
  note_spin(*thread);
  note_step(*thread, chosen.kind);
  w.previous_thread = thread->id;
  w.previous_yielded = thread->pending.passes_over;
  return thread;
}

// The same among those who have a thread to run: timers act at once.
Thread* choose_next() {
  Thread* thread = choose_one();
  while (thread != nullptr && thread->is_timer) {
    ring(*thread);
    thread = choose_one();
  }
  if (!world().timers.empty()) ring_overdue();
  return thread;
}

// Announces, and returns once the calling thread was chosen.
void wait_for_turn(Thread& self, const Operation& operation) {
  if (world().over) park(self);
  announce(self, operation);
  if (!pass_on(&self)) park(self);
  meet_breakpoint();
}

}  // namespace

// The undertaker notices a death while somebody runs: one of both has to see what the other did,
// and the exchange tells who goes on.
bool pass_on(Thread* self) {
  World& w = world();
  for (;;) {
    Thread* next = choose_next();
    w.running.store(next);
    if (next == nullptr) return false;
    if (next == self) return true;
    if (!process_of(*next).dead.load()) {
      hand_over(*next);
      return false;
    }
    Thread* expected = next;
    if (!w.running.compare_exchange_strong(expected, self)) return false;
  }
}

CandidateKind perform(Thread& self, const Operation& operation) {
  if (__builtin_expect(self.deferred != nullptr, 0)) take_deferred_lock(self);
  wait_for_turn(self, operation);
  while (self.takes_signal) {
    self.takes_signal = false;
    const bool handled = deliver_signal(self);
    const bool interrupts = operation.never_restarts || !self.restarts;
    if (handled && interrupts && operation.interruptible) return CandidateKind::signal;
    wait_for_turn(self, operation);
  }
  const bool waits_with_lock = operation.guard == Guard::token_lock;
  // A request that was there when the thread came to a cancellation point is acted on, even though
  // the call need not have waited.
  const bool left =
      self.chosen == CandidateKind::signal || operation.cancellable || self.cancel_asynchronous;
  if (left && !waits_with_lock) act_on_cancellation(self);
  return self.chosen;
}

void object_changed(Object& object) {
  if (self_thread != nullptr) begin_segment(*self_thread);
  for (std::uint32_t i = 0; i < object.pending.size(); ++i) refresh(*object.pending[i]);
}

void admit_another() {
  const World& w = world();
  const std::uint32_t most = w.header->options.alive_max;
  if (most != 0 && w.threads_alive >= most) end_run(RunEnd::limit_exceeded, kEndedByRuntime);
}

Thread* add_thread(std::uint32_t process, const Thread* creator) {
  World& w = world();
  if (self_thread != nullptr) begin_segment(*self_thread);
  Thread* thread = w.arena.make<Thread>();
  thread->id = w.threads.size() + 1;
  thread->process = process;
  if (creator != nullptr) {
    thread->create_location = creator->location;
    thread->chain = mix(creator->chain, thread->id);
    std::memcpy(thread->name, creator->name, sizeof thread->name);
  }
  thread->object = new_object(ObjectKind::thread, creator);
  thread->object->thread = thread;
  w.threads.push_back(w.arena, thread);
  ++w.threads_alive;
  ++w.processes[process - 1]->threads_alive;
  std::atomic<std::uint32_t>& most = w.header->summary.threads_max;
  if (w.threads_alive > most.load(std::memory_order_relaxed)) {
    most.store(w.threads_alive, std::memory_order_relaxed);
  }
  return thread;
}

void ready_to_start(Thread& thread) {
  Operation start;
  start.kind = EventKind::thread_start;
  start.recorded = !thread.is_main;  // that is the start of its process
  start.object = thread.object;
  start.location = thread.create_location;
  announce(thread, start);
}

void remove_unstarted(Thread& thread) {
  World& w = world();
  thread.life = Life::ended;
  thread.joined = true;
  --w.threads_alive;
  --w.processes[thread.process - 1]->threads_alive;
}

void await_start(Thread& thread) {
  park(thread);
  thread.life = Life::running;
}

void leave(Thread& self) {
  World& w = world();
  self.life = Life::ended;
  // The first thread of a process stays known to the kernel until the process ends.
  if (!self.is_main) w.leaving = static_cast<std::int32_t>(raw_syscall(SYS_gettid));
  --w.threads_alive;
  --w.processes[self.process - 1]->threads_alive;
  object_changed(*self.object);
  // The last thread of a process takes it along: the undertaker sees that.
  if (w.undertaker != 0 && self.process != 1 && process_of(self).threads_alive == 0) return;
  pass_on(nullptr);
}

void write_summary() {
  const World& w = world();
  protocol::RunSummary& summary = w.header->summary;
  summary.steps.store(w.step, std::memory_order_relaxed);
  summary.choices.store(w.choices, std::memory_order_relaxed);
  summary.trace_hash.store(w.trace_hash, std::memory_order_relaxed);
  summary.happens_before_hash.store(w.happens_before_hash, std::memory_order_relaxed);
  summary.virtual_time_ns.store(w.now_ns, std::memory_order_relaxed);
  summary.arena_used.store(w.arena.used(), std::memory_order_relaxed);
}

void end_run(RunEnd end, int status) {
  World& w = world();
  write_summary();
  w.over = true;
  w.header->summary.end.store(end, std::memory_order_release);
  if (local.leave_run != nullptr) local.leave_run();
  raw_exit_group(status);
}

void start_world() {
  protocol::ChannelHeader& header = local.channel.header();
  auto* base = local.channel.arena();
  World* w = new (base) World{};
  local.world = w;
  constexpr std::size_t kWorldSize = (sizeof(World) + 63U) & ~std::size_t{63};
  w->arena = Arena(base + kWorldSize, header.arena_capacity - kWorldSize);
  w->header = &header;
  start_objects();
  strategy_start(w->strategy, strategy_input(local.channel), w->arena);
  Process* process = w->arena.make<Process>();
  process->id = 1;
  process->kernel_id = static_cast<std::int32_t>(raw_syscall(SYS_getpid));
  w->processes.push_back(w->arena, process);
  local.process = process;
  local.points = header.options.points;
  local.mutation = header.options.mutation;
  Thread* main = add_thread(1, nullptr);
  main->life = Life::running;
  main->is_main = true;
  main->handle = pthread_self();
  note_thread_handle(*main);
  w->previous_thread = 1;
  w->undertaker = local.undertaker;
  w->running.store(main);
  self_thread = main;
  local.active = true;
  start_processes(*main);
  w->started.store(1);
  record(*main, EventKind::process_start, 0);
  write_summary();
}

}  // namespace grader::runtime
