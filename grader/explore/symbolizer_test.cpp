#include "explore/symbolizer.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::SizeIs;

constexpr const char* kSource = R"(volatile int shared;
inline __attribute__((always_inline)) int inner() {
  return shared;
}
int outer(int x) {
  return inner() + x;
}
)";

/// A shared library with line numbers, and the offset of `outer(int)` in it.
class SymbolizerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "symbolizer.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    library_ = directory_ / "libouter.so";
    std::ofstream(directory_ / "outer.cpp") << kSource;
    const std::string command = "cd " + name +
                                " && g++ -O1 -g1 -fPIC -shared -ffile-prefix-map=" + name +
                                "=. outer.cpp -o libouter.so";
    ASSERT_EQ(std::system(command.c_str()), 0);
    void* handle = dlopen(library_.c_str(), RTLD_NOW);
    ASSERT_NE(handle, nullptr) << dlerror();
    void* outer = dlsym(handle, "_Z5outeri");
    Dl_info info{};
    ASSERT_NE(dladdr(outer, &info), 0);
    offset_ =
        static_cast<std::uint64_t>(static_cast<char*>(outer) - static_cast<char*>(info.dli_fbase));
    dlclose(handle);
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path directory_;
  fs::path library_;
  std::uint64_t offset_ = 0;
  Symbolizer symbolizer_;
};

TEST_F(SymbolizerTest, GivesFileLineAndFunction) {
  const auto frames = symbolizer_.frames(library_, offset_);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().file, "outer.cpp");
  EXPECT_EQ(frames.back().function, "outer(int)");
  EXPECT_GE(frames.back().line, 5);
}

TEST_F(SymbolizerTest, GivesTheInlinedFunctionBeforeItsCaller) {
  bool seen = false;
  for (std::uint64_t i = 0; i < 32 && !seen; ++i) {
    const auto frames = symbolizer_.frames(library_, offset_ + i);
    if (frames.size() != 2) continue;
    seen = true;
    EXPECT_EQ(frames[0].function, "inner()");
    EXPECT_EQ(frames[0].line, 3);
    EXPECT_EQ(frames[1].function, "outer(int)");
    EXPECT_EQ(frames[1].line, 6);
    EXPECT_EQ(frames[1].file, "outer.cpp");
  }
  EXPECT_TRUE(seen);
}

TEST_F(SymbolizerTest, KnowsNothingOfAFileThatIsNotThere) {
  EXPECT_THAT(symbolizer_.frames(directory_ / "nothing.so", 16), SizeIs(0));
  EXPECT_THAT(symbolizer_.frames(directory_ / "outer.cpp", 16), SizeIs(0));
  EXPECT_THAT(symbolizer_.frames(library_, 0x7fff'ffff), SizeIs(0));
}

TEST_F(SymbolizerTest, NeverWaitsForAModuleThatIsNoFile) {
  ASSERT_EQ(mkfifo((directory_ / "pipe.so").c_str(), 0600), 0);
  EXPECT_THAT(Symbolizer().frames(directory_ / "pipe.so", 1), SizeIs(0));
  EXPECT_THAT(Symbolizer().frames("/dev/zero", 1), SizeIs(0));
}

}  // namespace
}  // namespace grader
