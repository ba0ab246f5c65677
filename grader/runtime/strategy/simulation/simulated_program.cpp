#include "runtime/strategy/simulation/simulated_program.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace grader::runtime {
namespace {

using Op = Instruction::Op;
using protocol::EventKind;
using End = SimulatedRun::End;

constexpr std::int64_t kNever = -1;

struct Thread {
  std::size_t next = 0;  // instruction
  std::int64_t value = 0;
  bool started = false;
  bool ended = false;
  bool sleeping = false;
  std::uint32_t waiting_on = 0;  // condition + 1
  bool relocking = false;        // a wait is over, its mutex not yet taken again
  std::int64_t deadline_ns = kNever;
};

class World {
 public:
  explicit World(const SimulatedProgram& program) : program_(program) {
    threads_.resize(program.threads.size());
    std::vector<bool> spawned(threads_.size(), false);
    for (const auto& code : program.threads) {
      for (const Instruction& i : code) {
        if (i.op == Op::spawn) spawned[i.a] = true;
      }
    }
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      if (!spawned[t]) start(t);
    }
  }

  SimulatedRun run(const std::function<std::uint32_t(const ChoicePoint&)>& choose,
                   const std::function<bool()>& abandoned);

 private:
  void start(std::size_t t) {
    threads_[t].started = true;
    settle(t);
  }
  const Instruction* pending(std::size_t t) const {
    const auto& code = program_.threads[t];
    return threads_[t].next < code.size() ? &code[threads_[t].next] : nullptr;
  }
  void settle(std::size_t t);
  bool can_step(std::size_t t) const;
  Candidate describe(std::size_t t) const;  // its pending operation
  std::vector<Candidate> candidates() const;
  std::vector<Candidate> blocked() const;
  void perform(const Candidate& c);
  void perform_step(std::size_t t);
  void wake(std::size_t t, std::int64_t result);
  bool begin_wait(std::size_t t, const Instruction& i);
  std::string state() const;

  const SimulatedProgram& program_;
  std::vector<Thread> threads_;
  std::map<std::uint32_t, std::int64_t> variables_;
  std::map<std::uint32_t, std::size_t> owners_;  // mutex -> thread + 1
  std::map<std::uint32_t, std::int64_t> semaphores_;
  std::int64_t time_ns_ = 0;
  bool finished_ = false;
  bool failed_ = false;
  bool yielded_ = false;
};

// Does what needs no scheduling point: jumps and assertions; notices the thread's end.
void World::settle(std::size_t t) {
  Thread& thread = threads_[t];
  for (const Instruction* i = pending(t); i != nullptr; i = pending(t)) {
    if (i->op <= Op::finish) return;
    ++thread.next;
    const bool equal = thread.value == i->value;
    if ((i->op == Op::jump_if && equal) || (i->op == Op::jump_unless && !equal)) thread.next = i->b;
    if ((i->op == Op::fail_if && equal) || (i->op == Op::fail_unless && !equal)) failed_ = true;
  }
  thread.ended = true;
}

bool World::can_step(std::size_t t) const {
  const Thread& thread = threads_[t];
  const Instruction* i = pending(t);
  if (!thread.started || thread.ended || thread.sleeping || thread.waiting_on != 0) return false;
  const auto is_free = [&](std::uint32_t mutex) {
    const auto owner = owners_.find(mutex);
    return owner == owners_.end() || owner->second == 0;
  };
  if (thread.relocking) return is_free(i->b);
  if (i->op == Op::lock) return is_free(i->a);
  if (i->op == Op::join) return threads_[i->a].ended;
  if (i->op == Op::acquire) {
    const auto count = semaphores_.find(i->a);
    return count != semaphores_.end() && count->second > 0;
  }
  return true;
}

Candidate World::describe(std::size_t t) const {
  const Instruction& i = *pending(t);
  Candidate c;
  c.thread = static_cast<std::uint32_t>(t + 1);
  c.location = 100 * (t + 1) + threads_[t].next;
  const auto set = [&](EventKind kind, std::uint64_t base, bool is_write = true) {
    c.operation = kind;
    c.object = base == 0 ? 0 : base + i.a;
    c.is_write = is_write;
  };
  switch (i.op) {
    case Op::lock:
    case Op::try_lock:
      set(EventKind::lock, 2000);
      break;
    case Op::unlock:
      set(EventKind::unlock, 2000);
      break;
    case Op::wait:
    case Op::timed_wait:
      set(EventKind::wait_begin, 3000);
      c.object_2 = 2000 + i.b;
      break;
    case Op::notify_one:
      set(EventKind::notify_one, 3000);
      break;
    case Op::notify_all:
      set(EventKind::notify_all, 3000);
      break;
    case Op::load:
      set(EventKind::atomic_load, 1000, false);
      break;
    case Op::store:
    case Op::store_register:
      set(EventKind::atomic_store, 1000);
      break;
    case Op::add:
      set(EventKind::atomic_update, 1000);
      break;
    case Op::sleep:
      set(EventKind::sleep, 0);
      break;
    case Op::yield:
      set(EventKind::yield, 0);
      break;
    case Op::spawn:
      set(EventKind::thread_create, 5000);
      break;
    case Op::join:
      set(EventKind::thread_join, 5000, false);
      break;
    case Op::post:
      set(EventKind::semaphore_post, 4000);
      break;
    case Op::acquire:
      set(EventKind::semaphore_wait, 4000);
      break;
    case Op::finish:
      set(EventKind::process_exit, 0);
      break;
    default:
      break;
  }
  if (threads_[t].relocking) {
    c.operation = EventKind::lock;
    std::swap(c.object, c.object_2);
  }
  return c;
}

std::vector<Candidate> World::candidates() const {
  std::vector<Candidate> all;
  bool any_step = false;
  std::int64_t earliest = kNever;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    any_step = any_step || can_step(t);
    const std::int64_t deadline = threads_[t].deadline_ns;
    if (deadline != kNever && (earliest == kNever || deadline < earliest)) earliest = deadline;
  }
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const Thread& thread = threads_[t];
    if (!thread.started || thread.ended) continue;
    Candidate c = describe(t);
    if (can_step(t)) {
      all.push_back(c);
      if (pending(t)->op == Op::try_lock && program_.try_failures) {
        c.kind = CandidateKind::try_failure;
        all.push_back(c);
      }
    }
    if (thread.deadline_ns != kNever &&
        (any_step ? thread.deadline_ns - time_ns_ <= program_.delay_max_ns
                  : thread.deadline_ns == earliest)) {
      c.kind = CandidateKind::timeout;
      c.deadline_ns = thread.deadline_ns;
      all.push_back(c);
    }
    if (thread.waiting_on != 0 && program_.spurious_wakeups && any_step) {
      c.kind = CandidateKind::spurious_wake;
      c.deadline_ns = 0;
      all.push_back(c);
    }
  }
  return all;
}

std::vector<Candidate> World::blocked() const {
  std::vector<Candidate> all;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (threads_[t].started && !threads_[t].ended && !can_step(t)) all.push_back(describe(t));
  }
  return all;
}

void World::wake(std::size_t t, std::int64_t result) {
  Thread& thread = threads_[t];
  if (pending(t)->op == Op::timed_wait) thread.value = result;
  thread.waiting_on = 0;
  thread.deadline_ns = kNever;
  thread.relocking = true;
}

void World::perform(const Candidate& c) {
  const std::size_t t = c.thread - 1;
  Thread& thread = threads_[t];
  yielded_ = false;
  if (c.kind == CandidateKind::timeout) {
    time_ns_ = std::max(time_ns_, thread.deadline_ns);
    if (thread.waiting_on != 0) return wake(t, 0);
    thread.sleeping = false;
    thread.deadline_ns = kNever;
    ++thread.next;
    return settle(t);
  }
  if (c.kind == CandidateKind::spurious_wake) return wake(t, 1);
  if (c.kind == CandidateKind::try_failure) {
    thread.value = 0;
    ++thread.next;
    return settle(t);
  }
  perform_step(t);
}

// The first half of a wait; false when it is the second half that is pending.
bool World::begin_wait(std::size_t t, const Instruction& i) {
  Thread& thread = threads_[t];
  if (thread.relocking) {
    thread.relocking = false;
    owners_[i.b] = t + 1;
    return false;
  }
  owners_[i.b] = 0;
  thread.waiting_on = i.a + 1;
  if (i.op == Op::timed_wait) thread.deadline_ns = time_ns_ + i.value;
  return true;
}

void World::perform_step(std::size_t t) {
  Thread& thread = threads_[t];
  const Instruction& i = *pending(t);
  switch (i.op) {
    case Op::lock:
      owners_[i.a] = t + 1;
      break;
    case Op::unlock:
      owners_[i.a] = 0;
      break;
    case Op::try_lock:
      thread.value = owners_[i.a] == 0 ? 1 : 0;
      if (thread.value == 1) owners_[i.a] = t + 1;
      break;
    case Op::wait:
    case Op::timed_wait:
      if (begin_wait(t, i)) return;
      break;
    case Op::notify_one:
    case Op::notify_all:
      for (std::size_t w = 0; w < threads_.size(); ++w) {
        if (threads_[w].waiting_on != i.a + 1) continue;
        wake(w, 1);
        if (i.op == Op::notify_one) break;
      }
      break;
    case Op::load:
      thread.value = variables_[i.a];
      break;
    case Op::store:
      variables_[i.a] = i.value;
      break;
    case Op::store_register:
      variables_[i.a] = thread.value + i.value;
      break;
    case Op::add:
      variables_[i.a] += i.value;
      break;
    case Op::sleep:
      thread.sleeping = true;
      thread.deadline_ns = time_ns_ + i.value;
      return;
    case Op::yield:
      yielded_ = true;
      break;
    case Op::spawn:
      start(i.a);
      break;
    case Op::post:
      ++semaphores_[i.a];
      break;
    case Op::acquire:
      --semaphores_[i.a];
      break;
    case Op::finish:
      finished_ = true;
      break;
    default:
      break;
  }
  ++thread.next;
  settle(t);
}

std::string World::state() const {
  std::string text;
  for (const auto& [v, value] : variables_) {
    text += "v" + std::to_string(v) + "=" + std::to_string(value) + " ";
  }
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    text += "t" + std::to_string(t) + "@" + std::to_string(threads_[t].next) + ":" +
            std::to_string(threads_[t].value) + " ";
  }
  return text;
}

SimulatedRun World::run(const std::function<std::uint32_t(const ChoicePoint&)>& choose,
                        const std::function<bool()>& abandoned) {
  SimulatedRun run;
  std::uint32_t previous = 0;
  while (!failed_ && !finished_) {
    const std::vector<Candidate> all = candidates();
    if (all.empty()) break;
    if (++run.steps > program_.step_budget) {
      run.end = End::livelocked;
      return run;
    }
    const ChoicePoint point{run.steps, time_ns_, previous, yielded_, all};
    const std::uint32_t taken = choose(point);
    const auto count = static_cast<std::uint32_t>(all.size());
    if (count > 1) run.choices.push_back({taken, count});
    const bool known = abandoned();
    const auto flags = static_cast<std::uint16_t>((yielded_ ? protocol::kPreviousYielded : 0) |
                                                  (known ? protocol::kAbandoned : 0));
    run.decisions.push_back({{count, taken, run.steps, time_ns_, previous, flags, 0}, all});
    if (known) {
      run.end = End::abandoned;
      break;
    }
    previous = all[taken].thread;
    perform(all[taken]);
  }
  const std::vector<Candidate> waiting = blocked();
  run.decisions.push_back({{static_cast<std::uint32_t>(waiting.size()), 0, 0, 0, 0,
                            static_cast<std::uint16_t>(protocol::kFinal), 0},
                           waiting});
  if (run.end == End::abandoned) return run;
  const bool all_ended = std::all_of(threads_.begin(), threads_.end(),
                                     [](const Thread& t) { return t.ended || !t.started; });
  run.end = failed_ ? End::failed : finished_ || all_ended ? End::exited : End::deadlocked;
  run.final_state = failed_ ? "failed" : state() + std::to_string(static_cast<int>(run.end));
  return run;
}

}  // namespace

SimulatedRun simulate(const SimulatedProgram& program,
                      const std::function<std::uint32_t(const ChoicePoint&)>& choose) {
  return World(program).run(choose, [] { return false; });
}

SimulatedRun simulate(const SimulatedProgram& program, const StrategyInput& input) {
  static constexpr std::size_t kArenaBytes = 4U << 20U;
  static thread_local const auto memory = std::make_unique<std::byte[]>(kArenaBytes);
  Arena arena(memory.get(), kArenaBytes);
  StrategyState state;
  strategy_start(state, input, arena);
  SimulatedRun run =
      World(program).run([&](const ChoicePoint& point) { return strategy_choose(state, point); },
                         [&] { return strategy_abandoned(state); });
  run.diverged = strategy_diverged(state);
  return run;
}

}  // namespace grader::runtime
