#include "build/stand_in.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "build/symbols.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// Compiles texts in a fresh folder.
class StandIn : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "stand-in-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path link_shared(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    const fs::path library = folder_ / (name + ".so");
    const std::string command = "g++ -shared -fPIC -std=c++20 '" + (folder_ / name).string() +
                                "' -o '" + library.string() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    return library;
  }

  fs::path folder_;
};

TEST_F(StandIn, DefinesWhatTheScenariosLeaveToASubmission) {
  const fs::path scenarios = link_shared("scenarios.cpp", R"(#include <iostream>
#include <thread>
struct Base { virtual ~Base(); virtual int f(); };
struct Derived : Base {};
int count_together(int threads, int each);
void run() {
  std::thread([] { std::cout << count_together(1, 2); }).join();
  Derived().f();
}
)");
  const auto names = names_left_to_submission(scenarios);
  ASSERT_TRUE(names.ok()) << names.error().message;
  EXPECT_THAT(*names, ElementsAre("_Z14count_togetherii", "_ZN4Base1fEv", "_ZN4BaseD2Ev",
                                  "_ZTI4Base", "_ZTV4Base"));
  const fs::path library = link_shared("stand_in.s", stand_in_assembly(*names));
  EXPECT_THAT(exported_names(library).value(), testing::IsSupersetOf(*names));
}

TEST_F(StandIn, OfScenariosThatNeedNothingIsEmpty) {
  const auto names = names_left_to_submission(link_shared("alone.cpp", "int f() { return 1; }\n"));
  ASSERT_TRUE(names.ok()) << names.error().message;
  EXPECT_TRUE(names->empty());
  link_shared("empty.s", stand_in_assembly({}));
}

}  // namespace
}  // namespace grader
