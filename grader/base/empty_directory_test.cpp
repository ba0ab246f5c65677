#include "base/empty_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/ordinary_user.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

class EmptyDirectory : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "empty_directory.XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    ASSERT_TRUE(testing_support::give_to_ordinary_user(name.c_str()));
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const fs::path& name) const { std::ofstream(folder_ / name) << "text"; }

  fs::path folder_;
};

TEST_F(EmptyDirectory, RemovesFilesAndFoldersAndKeepsItself) {
  fs::create_directories(folder_ / "a" / "b");
  write("a/b/file");
  write("file");
  ASSERT_TRUE(empty_directory(folder_).ok());
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EmptyDirectory, RemovesFoldersThatAreClosedToTheirOwner) {
  const testing_support::OrdinaryUser user;
  fs::create_directories(folder_ / "a" / "b");
  write("a/b/file");
  chmod((folder_ / "a" / "b").c_str(), 0);
  chmod((folder_ / "a").c_str(), 0500);
  ASSERT_TRUE(empty_directory(folder_).ok());
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(EmptyDirectory, DoesNotFollowLinks) {
  fs::create_directories(folder_ / "inside");
  fs::create_directories(folder_ / "outside");
  write("outside/kept");
  fs::create_directory_symlink(folder_ / "outside", folder_ / "inside" / "link");
  ASSERT_TRUE(empty_directory(folder_ / "inside").ok());
  EXPECT_TRUE(fs::exists(folder_ / "outside" / "kept"));
}

TEST_F(EmptyDirectory, NamesAFolderThatIsNotThere) {
  const Status status = empty_directory(folder_ / "missing");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("missing"), std::string::npos);
}

}  // namespace
}  // namespace grader
