#include "cli/git.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace grader {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<std::string>;

/// A repository with a first commit; each test goes on from there.
class ChangedFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "git-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    repository_ = pattern;
    git("init --quiet --initial-branch=main");
    write("exercises/1-threads/threads.cpp", "1");
    write("README.md", "1");
    commit();
    git("branch start");
  }
  void TearDown() override { fs::remove_all(repository_); }

  void git(const std::string& arguments) {
    const std::string command = "git -C '" + repository_.string() +
                                "' -c user.name=a -c user.email=a@b.c " + arguments +
                                " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void write(const std::string& name, const std::string& text) {
    fs::create_directories((repository_ / name).parent_path());
    std::ofstream(repository_ / name) << text;
  }
  void commit() {
    git("add --all");
    git("commit --quiet --message change");
  }
  Files changed(const std::string& base, const fs::path& below = "") {
    const auto files = changed_files(repository_ / below, base);
    EXPECT_TRUE(files.ok()) << files.error().message;
    return files.ok() ? *files : Files{};
  }

  fs::path repository_;
};

TEST_F(ChangedFiles, AreThoseOfTheCommitsSinceTheBase) {
  EXPECT_EQ(changed("start"), Files{});
  write("exercises/1-threads/threads.cpp", "2");
  write("with \"quotes\"\nand a line.cpp", "2");
  commit();
  EXPECT_EQ(changed("start"),
            (Files{"exercises/1-threads/threads.cpp", "with \"quotes\"\nand a line.cpp"}));
}

TEST_F(ChangedFiles, IncludeRemovedAndRenamedOnes) {
  git("mv README.md README.txt");
  commit();
  EXPECT_EQ(changed("start"), (Files{"README.md", "README.txt"}));
}

TEST_F(ChangedFiles, LeaveOutWhatTheBaseDidInTheMeantime) {
  git("checkout --quiet -b topic");
  write("mine.cpp", "x");
  commit();
  git("checkout --quiet start");
  write("theirs.cpp", "x");
  commit();
  git("checkout --quiet topic");
  EXPECT_EQ(changed("start"), Files{"mine.cpp"});
}

TEST_F(ChangedFiles, AreRelativeToAFolderBelowTheTop) {
  write("exercises/1-threads/threads.cpp", "2");
  write("README.md", "2");
  commit();
  EXPECT_EQ(changed("start", "exercises"), Files{"1-threads/threads.cpp"});
}

TEST_F(ChangedFiles, NeedABaseThatGitKnows) {
  for (const std::string base : {"no-such-branch", "", "--output=/tmp/x", "start; touch x"}) {
    const auto files = changed_files(repository_, base);
    ASSERT_FALSE(files.ok()) << base;
    EXPECT_EQ(files.error().kind, ErrorKind::usage);
  }
}

TEST_F(ChangedFiles, NeedARepository) { EXPECT_FALSE(changed_files("/", "HEAD").ok()); }

}  // namespace
}  // namespace grader
