#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/mutation.hpp"

namespace grader::protocol {

/// Who answers "who runs next?". `native`: nobody, the operating system's scheduler does.
/// Part of the replay format: append, never renumber.
enum class StrategyKind : std::uint32_t {
  native = 0,
  random_walk,
  pct,
  pos,
  surw,
  round_robin,
  dfs,     ///< replays the choices it is given, then always takes the first candidate
  replay,  ///< replays the choices it is given; a choice that does not fit is reported
  blocks,  ///< follows the schedule blocks it is given as far as they can be followed
};

/// Which operations are scheduling points; each includes those before it.
enum class Points : std::uint32_t { sync = 0, atomics, accesses };

constexpr std::int64_t kDelayUnlimited = -1;

/// Bytes of a scenario's name, its end included.
constexpr std::size_t kScenarioNameMax = 192;

/// What the grader tells the runtime and the harness about one run. Plain data in the channel.
struct RunOptions {
  StrategyKind strategy = StrategyKind::native;
  Points points = Points::sync;
  std::uint64_t seed = 1;
  std::int64_t delay_max_ns = 500'000'000;  ///< 0 punctual, kDelayUnlimited adversarial
  std::uint64_t step_budget = 20'000;       ///< steps before a run is called livelocked
  std::uint32_t alive_max = 2'000;        ///< threads and processes alive at once; more end the run
  std::uint64_t expected_steps = 0;       ///< PCT's k, SURW's estimate; 0 when unknown
  std::uint32_t depth = 3;                ///< PCT's d; 0: newest thread first, no changes
  std::uint32_t cpu_timeout_ms = 10'000;  ///< CPU time of one run, kept by the fork server
  std::uint64_t choices_size = 0;         ///< how many of the choices region the grader wrote
  std::uint64_t closing_key = 0;          ///< the harness's closing record must repeat it
  std::uint64_t kill_at_step = 0;         ///< fault runs: SIGKILL `kill_process` there; 0 never
  std::uint32_t kill_process = 0;
  Mutation mutation;                     ///< sync mutants
  std::uint32_t spurious_wakeups = 1;    ///< 0: a condition wait never wakes for nothing
  std::uint32_t record_memory = 0;       ///< 1: trace every access, not only synchronisation
  std::uint32_t record_decisions = 0;    ///< 1: record every step with its alternatives
  std::uint32_t profile_size = 0;        ///< entries of Channel::profile()
  std::uint32_t sleeping_size = 0;       ///< entries of Channel::sleeping(): DFS's sleep set
  std::uint32_t blocks_size = 0;         ///< entries of Channel::blocks()
  std::uint64_t trap_at_step = 0;        ///< the thread chosen there meets a breakpoint; 0 never
  char scenario[kScenarioNameMax] = {};  ///< which one a scenario program runs, if it is not told
};

}  // namespace grader::protocol
