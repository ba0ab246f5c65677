// The program that runs one scenario of an exercise against a submission, and says how it went in
// the channel. The score is not decided here: this process runs the student's code.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "harness/channel_writer.hpp"

namespace {

using grader::harness::append;
using grader::protocol::EventKind;

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

/// The key of a run that began with this process; 0: it is not known yet, or there is none.
std::uint64_t g_closing_key = 0;

/// A call that nobody stands in front of, for when neither the runtime nor ThreadSanitizer is set
/// up. The result is the kernel's: errors are negative.
long kernel_call(long number, long first, long second, long third, long fourth) {
  long result = number;
  register long r10 asm("r10") = fourth;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(first), "S"(second), "d"(third), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}

/// Takes the key out of the channel before any library is initialised: a static object of the
/// submission would find it there. The loader calls this first of all.
void take_key_first(int, char**, char** environment) {
  const std::size_t length = std::strlen(grader::protocol::kChannelVariable);
  const char* path = nullptr;
  for (char** variable = environment; *variable != nullptr; ++variable) {
    const char* name = *variable;
    if (std::strncmp(name, grader::protocol::kChannelVariable, length) == 0 &&
        name[length] == '=') {
      path = name + length + 1;
    }
  }
  if (path == nullptr) return;
  const long fd = kernel_call(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path), O_RDWR, 0);
  if (fd < 0) return;
  constexpr long kPlace = offsetof(grader::protocol::ChannelHeader, options) +
                          offsetof(grader::protocol::RunOptions, closing_key);
  std::uint64_t key = 0;
  const std::uint64_t nothing = 0;
  constexpr long kSize = sizeof key;
  if (kernel_call(SYS_pread64, fd, reinterpret_cast<long>(&key), kSize, kPlace) == kSize &&
      kernel_call(SYS_pwrite64, fd, reinterpret_cast<long>(&nothing), kSize, kPlace) == kSize) {
    g_closing_key = key;
  }
  kernel_call(SYS_close, fd, 0, 0, 0);
}

using Initialiser = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const Initialiser kFirst = take_key_first;

/// The key of the closing record. A controlled run begins at main, with a key of its own, which is
/// wiped here.
std::uint64_t take_closing_key() {
  if (g_closing_key != 0) return std::exchange(g_closing_key, 0);
  const grader::protocol::Channel channel = grader::harness::channel();
  if (!channel.valid()) return 0;
  return std::exchange(channel.header().options.closing_key, 0);
}

class Recorder : public testing::EmptyTestEventListener {
 public:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name() != nullptr ? result.file_name() : "";
    const char* slash = std::strrchr(file, '/');
    const std::string text = std::string(slash != nullptr ? slash + 1 : file) + ":" +
                             std::to_string(std::max(result.line_number(), 0)) + ": " +
                             result.message();
    append(EventKind::test_assertion, "", text, 0);
    if (!grader::harness::channel().valid()) std::fprintf(stderr, "%s\n", text.c_str());
  }
};

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

bool exists(const std::string& scenario) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      if (std::string(suite.name()) + "." + suite.GetTestInfo(t)->name() == scenario) return true;
    }
  }
  return false;
}

/// One warm parent serves the runs of all scenarios: what to run is not in its arguments then.
std::string scenario_asked_for() {
  const grader::protocol::Channel channel = grader::harness::channel();
  if (!channel.valid()) return "";
  const char* name = channel.header().options.scenario;
  return {name, strnlen(name, grader::protocol::kScenarioNameMax)};
}

int run_scenario(const std::string& scenario, std::uint64_t closing_key) {
  testing::GTEST_FLAG(filter) = scenario;
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Recorder);
  const bool passed = RUN_ALL_TESTS() == 0;
  report_zombies();
  append(EventKind::test_end, scenario, scenario, passed ? 0 : 1);  // names are short
  append(EventKind::closing, "", "", static_cast<std::int64_t>(closing_key));
  return passed ? kPassed : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t closing_key = take_closing_key();
  int gtest_argc = 1;
  testing::InitGoogleTest(&gtest_argc, argv);
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) return list_scenarios();
  const bool asked = argc == 2 && std::strcmp(argv[1], "--as-asked") == 0;
  const std::string scenario = asked ? scenario_asked_for() : argc == 2 ? argv[1] : "";
  if (!exists(scenario)) {
    std::fprintf(stderr, "usage: %s --list | --as-asked | SUITE.NAME\n", argv[0]);
    return kUsage;
  }
  return run_scenario(scenario, closing_key);
}
