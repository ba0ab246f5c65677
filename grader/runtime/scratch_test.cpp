#include "runtime/scratch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace grader::runtime {
namespace {

namespace fs = std::filesystem;

class Scratch : public testing::Test {
 protected:
  Scratch() {
    std::string pattern = (fs::temp_directory_path() / "scratch-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Scratch() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void write(const fs::path& name) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "left";
  }
  void empty() const {
    const int fd = open(folder_.c_str(), O_RDONLY | O_DIRECTORY);
    empty_folder(fd);
    close(fd);
  }
  fs::path folder_;
};

TEST_F(Scratch, IsEmptyAfterwardsWhateverWasThere) {
  write("file");
  write("folder/in a folder/file");
  write(".hidden");
  write("closed/file");
  fs::permissions(folder_ / "closed", fs::perms::none);
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  for (int i = 0; i < 300; ++i) write("many/" + std::to_string(i));
  empty();
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Scratch, FollowsNoLinks) {
  write("outside/kept");
  fs::create_directory(folder_ / "inside");
  fs::create_directory_symlink("../outside", folder_ / "inside/link");
  const int fd = open((folder_ / "inside").c_str(), O_RDONLY | O_DIRECTORY);
  empty_folder(fd);
  close(fd);
  EXPECT_TRUE(fs::is_empty(folder_ / "inside"));
  EXPECT_TRUE(fs::exists(folder_ / "outside/kept"));
}

TEST_F(Scratch, IsNotLookedForOnTheMachineItself) {
  write("file");
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  empty_scratch();
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(folder_ / "file"));
}

}  // namespace
}  // namespace grader::runtime
