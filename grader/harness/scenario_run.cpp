#include "harness/scenario_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "harness/channel_writer.hpp"

namespace grader::harness {
namespace {

class Recorder : public testing::EmptyTestEventListener {
 public:
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    const char* file = result.file_name() != nullptr ? result.file_name() : "";
    const char* slash = std::strrchr(file, '/');
    const std::string text = std::string(slash != nullptr ? slash + 1 : file) + ":" +
                             std::to_string(std::max(result.line_number(), 0)) + ": " +
                             result.message();
    append(protocol::EventKind::test_assertion, "", text, 0);
    if (!channel().valid()) std::fprintf(stderr, "%s\n", text.c_str());
  }
};

}  // namespace

void prepare_recording() {
  testing::TestEventListeners& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new Recorder);
}

bool has_scenario(const std::string& scenario) {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      if (std::string(suite.name()) + "." + suite.GetTestInfo(t)->name() == scenario) return true;
    }
  }
  return false;
}

bool run_scenario(const std::string& scenario) {
  testing::GTEST_FLAG(filter) = scenario;
  return RUN_ALL_TESTS() == 0;
}

}  // namespace grader::harness
