// Runs a program under the runtime from the command line, to look at what it does:
//   run_controlled [--real] [--core N] [--seeds N] [--seed S] [--points P] [--delay MS] [--trace]
//                  PROGRAM ARG...
#include <sys/wait.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "runtime/testing/controlled_program.hpp"

namespace {

using grader::protocol::Event;
using grader::testing::ControlledProgram;
using grader::testing::ControlledRun;

struct Arguments {
  bool real = false;
  bool trace = false;
  int core = -1;
  std::uint64_t seeds = 1;
  grader::protocol::RunOptions options = grader::testing::random_walk(1);
  std::vector<std::string> command;
};

Arguments parse(int argc, char** argv) {
  Arguments a;
  int i = 1;
  for (; i < argc && std::strncmp(argv[i], "--", 2) == 0; ++i) {
    const std::string name = argv[i] + 2;
    if (name == "real") {
      a.real = true;
      continue;
    }
    if (name == "trace") {
      a.trace = true;
      continue;
    }
    const long value = i + 1 < argc ? std::atol(argv[++i]) : 0;
    if (name == "core") a.core = static_cast<int>(value);
    if (name == "seeds") a.seeds = static_cast<std::uint64_t>(value);
    if (name == "seed") a.options.seed = static_cast<std::uint64_t>(value);
    if (name == "budget") a.options.step_budget = static_cast<std::uint64_t>(value);
    if (name == "alive") a.options.alive_max = static_cast<std::uint32_t>(value);
    if (name == "timeout") a.options.cpu_timeout_ms = static_cast<std::uint32_t>(value);
    if (name == "points") a.options.points = static_cast<grader::protocol::Points>(value);
    if (name == "strategy") {
      a.options.strategy = static_cast<grader::protocol::StrategyKind>(value);
    }
    if (name == "delay") a.options.delay_max_ns = value < 0 ? value : value * 1'000'000;
  }
  for (; i < argc; ++i) a.command.emplace_back(argv[i]);
  return a;
}

void print_trace(const ControlledRun& run) {
  for (const Event& e : run.events) {
    std::printf("%5" PRIu64 " t=%-11" PRId64 " p%u th%u kind %-3u obj %-4" PRIu64
                " value %-6" PRId64 " at %" PRIx64 " %s\n",
                e.step, e.time_ns, e.process, e.thread, static_cast<unsigned>(e.kind), e.object,
                e.value, e.location, e.name);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Arguments a = parse(argc, argv);
  ControlledProgram program(
      a.command, a.real ? ControlledProgram::Sanitizer::real : ControlledProgram::Sanitizer::light,
      a.core);
  std::map<std::string, int> kinds;
  std::set<std::uint64_t> classes;
  const std::uint64_t first = a.options.seed;
  for (std::uint64_t k = 0; k < a.seeds; ++k) {
    a.options.seed = first + k;
    const ControlledRun run = program.run(a.options);
    classes.insert(run.happens_before_hash);
    std::string kind = "end " + std::to_string(static_cast<unsigned>(run.end)) + " status " +
                       std::to_string(run.reply.wait_status) + " timed out " +
                       std::to_string(static_cast<unsigned>(run.reply.stopped));
    for (const auto& f : run.findings) kind += " finding " + std::to_string(int(f.kind));
    ++kinds[kind];
    if (a.seeds == 1) std::printf("%s", run.describe().c_str());
    if (a.trace) print_trace(run);
  }
  for (const auto& [kind, count] : kinds) std::printf("%6d x %s\n", count, kind.c_str());
  std::printf("%zu orders of synchronisation\n", classes.size());
  return 0;
}
