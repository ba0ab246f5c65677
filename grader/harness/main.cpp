// The program that runs one scenario of an exercise against a submission, and says how it went in
// the channel. The score is not decided here: this process runs the student's code.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "harness/channel_writer.hpp"
#include "harness/closing_key.hpp"
#include "harness/scenario_run.hpp"

namespace {

using grader::harness::append;
using grader::protocol::EventKind;

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

/// Reaps what the scenario left unreaped, and says so: each is a zombie of the student's code.
void report_zombies() {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) return;
    const bool exited = info.si_code == CLD_EXITED;
    append(exited ? EventKind::process_exit : EventKind::process_signalled, "", "", info.si_status,
           static_cast<std::uint64_t>(info.si_pid), grader::protocol::kUnreaped);
  }
}

int list_scenarios() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      std::printf("%s.%s\n", suite.name(), suite.GetTestInfo(t)->name());
    }
  }
  return kPassed;
}

/// One warm parent serves the runs of all scenarios: what to run is not in its arguments then.
std::string scenario_asked_for() {
  const grader::protocol::Channel channel = grader::harness::channel();
  if (!channel.valid()) return "";
  const char* name = channel.header().options.scenario;
  return {name, strnlen(name, grader::protocol::kScenarioNameMax)};
}

int run_to_the_end(const std::string& scenario, std::uint64_t closing_key) {
  const bool passed = grader::harness::run_scenario(scenario);
  report_zombies();
  append(EventKind::test_end, scenario, scenario, passed ? 0 : 1);  // names are short
  append(EventKind::closing, "", "", static_cast<std::int64_t>(closing_key));
  return passed ? kPassed : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  int gtest_argc = 1;
  testing::InitGoogleTest(&gtest_argc, argv);
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return list_scenarios();
  grader::harness::prepare_recording();
  grader::harness::begin_run();
  const std::uint64_t closing_key = grader::harness::take_closing_key();
  const bool asked = argc == 2 && std::strcmp(argv[1], "--as-asked") == 0;
  const std::string scenario = asked ? scenario_asked_for() : argc == 2 ? argv[1] : "";
  if (!grader::harness::has_scenario(scenario)) {
    std::fprintf(stderr, "usage: %s --list | --as-asked | SUITE.NAME\n", argv[0]);
    return kUsage;
  }
  return run_to_the_end(scenario, closing_key);
}
