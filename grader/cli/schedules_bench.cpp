// What does a schedule cost? Against a bare fork-and-wait of a program that does nothing, in the
// same run on the same core, plain and with ThreadSanitizer; and as threads and steps grow.
//
//   schedules_bench [ROUNDS]
//
// Every figure is CPU time of all processes that take part, which other work on the machine
// disturbs least; the lowest of the rounds.
#include <fmt/format.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "cli/explore_program.hpp"
#include "explore/controlled_session.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr int kCore = 0;

// THREADS threads take one lock STEPS / THREADS / 2 times each.
constexpr const char* kScenario = R"(
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>
int main(int, char** argv) {
  const long threads = std::atol(argv[1]);
  const long turns = std::atol(argv[2]) / threads / 2;
  std::mutex lock;
  long count = 0;
  std::vector<std::thread> all;
  for (long t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (long i = 0; i < turns; ++i) {
        const std::lock_guard guard(lock);
        ++count;
      }
    });
  }
  for (auto& thread : all) thread.join();
  return count == threads * turns ? 0 : 1;
}
)";

// Forks and waits as often as it is told; each child runs so many threads of so many steps
// natively.
constexpr const char* kBareFork = R"(
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>
void scenario(long threads, long steps) {
  std::mutex lock;
  long count = 0;
  std::vector<std::thread> all;
  for (long t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (long i = 0; i < steps / threads / 2; ++i) {
        const std::lock_guard guard(lock);
        ++count;
      }
    });
  }
  for (auto& thread : all) thread.join();
}
int main(int, char** argv) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
  for (long i = std::atol(argv[1]); i > 0; --i) {
    const pid_t child = fork();
    if (child == 0) {
      scenario(std::atol(argv[2]), std::atol(argv[3]));
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
}
)";

/// CPU time of this process, and of all that it or its children waited for.
double cpu_ns() {
  double ns = 0;
  for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      ns += static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_usec) * 1e3;
    }
  }
  return ns;
}

struct Shape {
  long threads = 4;
  long steps = 100;
  bool sanitized = false;
};

struct Cost {
  double ns = std::numeric_limits<double>::max();  ///< of one schedule
  std::uint64_t steps = 0;                         ///< that one schedule took
};

/// The programs to be measured, in a folder of their own.
class Programs {
 public:
  Programs() {
    std::string folder = (fs::temp_directory_path() / "grader-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) != nullptr) folder_ = folder;
  }
  Programs(const Programs&) = delete;
  ~Programs() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  static Status shell(const std::string& command) {
    if (std::system(command.c_str()) == 0) return success();
    return Error{ErrorKind::environment, command + " failed"};
  }

  [[nodiscard]] std::string write(const std::string& name, const char* text) const {
    const fs::path file = folder_ / name;
    std::ofstream(file) << text;
    return file.string();
  }

  /// Nanoseconds of a fork-and-wait whose child runs `threads` natively; 0: a bare one.
  [[nodiscard]] Result<double> fork_ns(bool sanitized, long threads) {
    const fs::path program = folder_ / (sanitized ? "fork_sanitized" : "fork_plain");
    if (!fs::exists(program)) {
      GRADER_CHECK(shell(fmt::format("g++ -O1 -std=c++20 -pthread {} -o '{}' '{}'",
                                     sanitized ? "-fsanitize=thread" : "", program.string(),
                                     write("bare_fork.cpp", kBareFork))));
    }
    constexpr int kForks = 500;
    const double start = cpu_ns();
    GRADER_CHECK(shell(fmt::format("'{}' 1 {} 100", program.string(), threads)));
    const double once = cpu_ns();
    GRADER_CHECK(shell(fmt::format("'{}' {} {} 100", program.string(), kForks + 1, threads)));
    return (cpu_ns() - once - (once - start)) / kForks;
  }

 private:
  fs::path folder_;
};

Result<ControlledSession> start(const PreparedProgram& scenario, long threads, long steps,
                                bool sanitized) {
  ControlledProgram program = scenario.program();
  program.command.push_back(std::to_string(threads));
  program.command.push_back(std::to_string(steps));
  program.cpu_timeout_ms = 60'000;
  if (sanitized) program.runtime = RuntimeKind::thread_sanitizer;
  return ControlledSession::start(program, kCore);
}

/// CPU time of a session of `runs` schedules, from its start to its end.
Result<double> session_ns(const PreparedProgram& scenario, const Shape& shape, int runs,
                          std::uint64_t& steps) {
  const double before = cpu_ns();
  {
    GRADER_TRY(session, start(scenario, shape.threads, shape.steps, shape.sanitized));
    ControlledRequest request;
    request.options.strategy = protocol::StrategyKind::random_walk;
    request.options.step_budget = 10'000'000;
    for (int i = 0; i < runs; ++i) {
      ++request.options.seed;
      GRADER_TRY(run, session.run(request));
      const auto* exited = std::get_if<Exited>(&run.termination);
      if (exited == nullptr || exited->code != 0 || run.end != protocol::RunEnd::exited) {
        return Error{ErrorKind::internal, "a run of the benchmark's scenario failed"};
      }
      steps = run.steps;
    }
  }
  return cpu_ns() - before;
}

/// Makes `best` the better of itself and one measurement more; the start of a session is not in it.
Status measure(const PreparedProgram& scenario, const Shape& shape, Cost& best) {
  const int runs = static_cast<int>(std::clamp(100'000 / shape.steps, 2L, 200L));
  GRADER_TRY(once, session_ns(scenario, shape, 1, best.steps));
  GRADER_TRY(often, session_ns(scenario, shape, runs + 1, best.steps));
  best.ns = std::min(best.ns, (often - once) / runs);
  return success();
}

Status against_a_fork(Programs& programs, const PreparedProgram& scenario, int rounds) {
  fmt::print("\nA CPU second, with 4 threads and 100 steps\n\n");
  fmt::print("| runtime | schedules | bare forks | ratio | forks that run it natively | ratio |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  for (const bool sanitized : {false, true}) {
    Cost cost;
    Cost bare;
    Cost natively;
    for (int round = 0; round < rounds; ++round) {
      GRADER_TRY(bare_ns, programs.fork_ns(sanitized, 0));
      GRADER_TRY(native_ns, programs.fork_ns(sanitized, 4));
      bare.ns = std::min(bare.ns, bare_ns);
      natively.ns = std::min(natively.ns, native_ns);
      GRADER_CHECK(measure(scenario, {4, 100, sanitized}, cost));
    }
    fmt::print("| {} | {:.0f} | {:.0f} | {:.2f} | {:.0f} | {:.2f} |\n",
               sanitized ? "ThreadSanitizer" : "plain", 1e9 / cost.ns, 1e9 / bare.ns,
               bare.ns / cost.ns, 1e9 / natively.ns, natively.ns / cost.ns);
    std::fflush(stdout);
  }
  return success();
}

Status as_threads_grow(const PreparedProgram& scenario, int rounds) {
  fmt::print("\nOne step more, as threads grow (between 1,280 and 5,120 steps)\n\n");
  fmt::print("| threads | 1,280 steps, ms | one step more, us |\n|---|---|---|\n");
  for (const long threads : {2, 4, 8, 16, 32, 64}) {
    Cost small;
    Cost large;
    for (int round = 0; round < rounds; ++round) {
      GRADER_CHECK(measure(scenario, {threads, 1'280, false}, small));
      GRADER_CHECK(measure(scenario, {threads, 5'120, false}, large));
    }
    fmt::print("| {} | {:.2f} | {:.2f} |\n", threads, small.ns / 1e6,
               (large.ns - small.ns) / 1e3 / static_cast<double>(large.steps - small.steps));
    std::fflush(stdout);
  }
  return success();
}

Status as_steps_grow(const PreparedProgram& scenario, int rounds) {
  fmt::print("\n4 threads, as steps grow\n\n");
  fmt::print("| steps | of them taken | ms a schedule | us a step |\n|---|---|---|---|\n");
  for (const long steps : {10, 100, 1'000, 10'000, 100'000}) {
    Cost cost;
    for (int round = 0; round < rounds; ++round)
      GRADER_CHECK(measure(scenario, {4, steps, false}, cost));
    fmt::print("| {} | {} | {:.3f} | {:.2f} |\n", steps, cost.steps, cost.ns / 1e6,
               cost.ns / 1e3 / static_cast<double>(cost.steps));
    std::fflush(stdout);
  }
  return success();
}

Status run_all(int rounds) {
  // ThreadSanitizer needs the address space as the grader gives it to the programs that it runs.
  static_cast<void>(personality(ADDR_NO_RANDOMIZE));
  Programs programs;
  GRADER_TRY(scenario, PreparedProgram::prepare(
                           std::vector<std::string>{programs.write("scenario.cpp", kScenario)}));
  GRADER_CHECK(against_a_fork(programs, scenario, rounds));
  GRADER_CHECK(as_threads_grow(scenario, rounds));
  return as_steps_grow(scenario, rounds);
}

}  // namespace
}  // namespace grader

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 3;
  const grader::Status status = grader::run_all(rounds);
  if (status.ok()) return 0;
  fmt::print(stderr, "schedules_bench: {}\n", status.error().message);
  return 70;
}
