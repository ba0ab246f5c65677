// Programs that nobody wrote for a scheduler: shells, pipelines, make, Python.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "runtime/testing/controlled_program.hpp"

namespace grader {
namespace {

using protocol::FindingKind;
using testing::ControlledProgram;
using testing::ControlledRun;
using testing::random_walk;

struct RealProgram {
  const char* name;
  const char* needs;  ///< a command; without it there is nothing to test
  const char* command;
  int status;
  std::int64_t virtual_seconds;  ///< at least
  const char* output;            ///< its lines, sorted
};

constexpr RealProgram kPrograms[] = {
    {"AReaderThatLeavesEarly", "yes", "yes | head -1", 0, 0, "y"},
    {"APipelineOfThree", "sort", "seq 1 1000 | sort -rn | tail -1", 0, 0, "1"},
    {"AnArchiveThroughFourProcesses", "gzip",
     "cd /etc && tar cf - hostname | gzip | gunzip | tar tf -", 0, 0, "hostname"},
    {"XargsWithFourAtATime", "xargs",
     "printf '1 2 3 4 5 6' | xargs -n1 -P4 sh -c 'sleep $0; echo $0'", 0, 6, "1 2 3 4 5 6"},
    {"MakeWithTwoJobs", "make",
     "printf 'all: a b c\\na:\\n\\tsleep 3; echo a\\nb:\\n\\tsleep 2; echo b\\nc: a\\n\\techo "
     "c\\n' | "
     "make -s -j2 -f -",
     0, 3, "a b c"},
    {"ATimeOutThatStrikes", "timeout", "timeout 7 sh -c 'echo in; sleep 60; echo out'", 124, 7,
     "in"},
    {"ATimeOutThatMustKill", "timeout",
     "timeout -k 5 10 sh -c 'trap \"\" TERM; sleep 60; sleep 60'; echo $?", 0, 15, "137 Killed"},
    {"BashWithATrapAndWaitN", "bash",
     "bash -c 'trap \"echo got\" USR1; sleep 1 & kill -USR1 $$; wait -n; (exit 3) & wait $!; "
     "echo $?'",
     0, 1, "3 got"},
    {"PythonsSubprocesses", "python3",
     "python3 -S -c '\n"
     "import subprocess as s\n"
     "cat = s.Popen([\"cat\"], stdin=s.PIPE, stdout=s.PIPE)\n"
     "print(len(cat.communicate(b\"x\" * 100000)[0]))\n"
     "print(s.run([\"sleep\", \"5\"]).returncode)\n"
     "try: s.run([\"sleep\", \"50\"], timeout=2)\n"
     "except s.TimeoutExpired: print(\"late\")'",
     0, 7, "0 100000 late"},
};

std::string sorted_lines(const std::string& output) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < output.size();) {
    const std::size_t end = std::min(output.find('\n', start), output.size());
    lines.push_back(output.substr(start, end - start));
    start = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  std::string joined;
  for (const std::string& line : lines) joined += (joined.empty() ? "" : " ") + line;
  return joined;
}

class RealPrograms : public ::testing::TestWithParam<RealProgram> {};

TEST_P(RealPrograms, EndAsTheyShouldAndTheSameWayForTheSameSeed) {
  const RealProgram& real = GetParam();
  const std::string look = "command -v " + std::string(real.needs) + " >/dev/null";
  if (std::system(look.c_str()) != 0) GTEST_SKIP() << "there is no " << real.needs << " here";
  ControlledProgram program({"/bin/sh", "-c", real.command});
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    protocol::RunOptions options = random_walk(seed);
    options.step_budget = 200'000;  // an interpreter takes many a lock
    const ControlledRun first = program.run(options);
    const ControlledRun second = program.run(options);
    EXPECT_TRUE(first.exited_with(real.status)) << first.describe();
    EXPECT_EQ(sorted_lines(first.output), real.output) << first.describe();
    EXPECT_GE(first.virtual_time_ns, real.virtual_seconds * 1'000'000'000) << seed;
    EXPECT_FALSE(first.has(FindingKind::unsupported_call)) << first.describe();
    EXPECT_EQ(first.trace_hash, second.trace_hash) << seed;
    EXPECT_EQ(first.virtual_time_ns, second.virtual_time_ns) << seed;
    EXPECT_EQ(first.output, second.output) << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(, RealPrograms, ::testing::ValuesIn(kPrograms),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace grader
