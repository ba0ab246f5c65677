#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/decision_log.hpp"
#include "runtime/strategy/strategies.hpp"

namespace grader::runtime {

/// One instruction of a simulated thread. Those up to `finish` are scheduling points, the others
/// are done together with the one before them.
struct Instruction {
  enum class Op {
    lock,        ///< mutex `a`
    unlock,      ///< mutex `a`
    try_lock,    ///< mutex `a`; the register becomes 1 or 0
    wait,        ///< condition `a` with mutex `b`
    timed_wait,  ///< the same, for `value` ns; the register becomes 1 when notified, 0 timed out
    notify_one,  ///< condition `a`
    notify_all,  ///< condition `a`
    load,        ///< register = variable `a`
    store,       ///< variable `a` = `value`
    store_register,  ///< variable `a` = register + `value`
    add,             ///< variable `a` += `value`, atomically
    sleep,           ///< for `value` ns
    yield,
    spawn,        ///< thread `a` (index into the program) begins
    join,         ///< thread `a` has ended
    post,         ///< semaphore `a`
    acquire,      ///< semaphore `a`
    finish,       ///< the whole run ends
    jump_if,      ///< to instruction `b` when the register is `value`
    jump_unless,  ///< to instruction `b` when it is not
    fail_if,      ///< an assertion fails when the register is `value`
    fail_unless,  ///< an assertion fails when it is not
  };
  Op op;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::int64_t value = 0;
};

/// A tiny concurrent program: strategies and searches are tested on it without real threads.
/// Thread 0 of the program is thread 1 of the run; the others run once spawned, or from the start
/// when nobody spawns them.
struct SimulatedProgram {
  std::vector<std::vector<Instruction>> threads;
  bool spurious_wakeups = false;
  bool try_failures = false;
  std::int64_t delay_max_ns = 0;
  std::uint64_t step_budget = 10'000;
};

struct SimulatedRun {
  enum class End { exited, deadlocked, livelocked, failed, abandoned } end = End::exited;
  std::string final_state;                    ///< variables, registers, and how it ended
  std::vector<protocol::Decision> decisions;  ///< every step; the last may be a final record
  std::vector<protocol::Choice> choices;      ///< of the points with several candidates
  std::uint64_t steps = 0;
  bool diverged = false;
};

/// Asks `choose` at every step. Objects are numbered as they are in
/// the program: variable v is 1000+v, mutex m 2000+m, condition 3000+, semaphore 4000+, thread
/// 5000+. The location of an operation is 100 * (thread index + 1) + instruction index.
SimulatedRun simulate(const SimulatedProgram& program,
                      const std::function<std::uint32_t(const ChoicePoint&)>& choose);

/// The same under a strategy as the runtime would run it.
SimulatedRun simulate(const SimulatedProgram& program, const StrategyInput& input);

}  // namespace grader::runtime
