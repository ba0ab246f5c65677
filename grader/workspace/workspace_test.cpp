#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/posix.hpp"
#include "workspace/exercises.hpp"
#include "workspace/nearest_name.hpp"
#include "workspace/prepare.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

/// A root with two exercises, and an empty submission folder.
class WorkspaceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "workspace.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    for (const char* slug : {"10-late", "2-early"}) {
      write(root_ / "exercises" / slug / "rubric.yaml", "");
      write(root_ / "exercises" / slug / "a.hpp", "int f();\n");
      write(root_ / "exercises" / slug / "scenarios" / "b.cpp", "");
      write(root_ / "exercises" / slug / "scenarios" / "a.cpp", "");
    }
    write(root_ / "exercises" / "notes.txt", "");
    submission_ = Submission{"ada", root_ / "ada"};
    fs::create_directories(submission_.directory);
    exercise_ = find_exercise(root_, "2").value();
    rubric_.submit = {"a.cpp"};
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] std::string refusal() const {
    const auto prepared = prepare(submission_, exercise_, rubric_);
    if (prepared.ok()) return "it was accepted";
    EXPECT_EQ(prepared.error().kind, ErrorKind::invalid_submission);
    return prepared.error().message;
  }

  fs::path root_;
  Submission submission_;
  Exercise exercise_;
  Rubric rubric_;
};

TEST_F(WorkspaceTest, FindsExercisesInTheOrderOfTheirNumbers) {
  const auto all = find_exercises(root_);
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all.value()[0].slug, "2-early");
  EXPECT_EQ(all.value()[1].slug, "10-late");
}

TEST_F(WorkspaceTest, FindsAnExerciseBySlugNumberOrName) {
  for (const char* name : {"10-late", "10", "late"}) {
    const auto found = find_exercise(root_, name);
    ASSERT_TRUE(found.ok()) << name;
    EXPECT_EQ(found->slug, "10-late");
  }
}

TEST_F(WorkspaceTest, ListsTheExercisesWhenOneIsUnknown) {
  const auto found = find_exercise(root_, "1");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::usage);
  EXPECT_THAT(found.error().message, HasSubstr("2-early, 10-late"));
}

TEST_F(WorkspaceTest, ListsHeadersAndScenariosByName) {
  ASSERT_EQ(exercise_.headers.size(), 1U);
  EXPECT_EQ(exercise_.headers[0].filename(), "a.hpp");
  ASSERT_EQ(exercise_.scenarios.size(), 2U);
  EXPECT_EQ(exercise_.scenarios[0].filename(), "a.cpp");
}

TEST_F(WorkspaceTest, TakesTheFolderOfTheExerciseWhereThereIsOne) {
  EXPECT_EQ(submission_in(root_ / "ada", exercise_).directory, root_ / "ada");
  fs::create_directories(root_ / "ada" / "2-early");
  EXPECT_EQ(submission_in(root_ / "ada", exercise_).directory, root_ / "ada" / "2-early");
  EXPECT_EQ(submission_in(root_ / "ada/", exercise_).name, "ada");
}

TEST_F(WorkspaceTest, CopiesTheListedFilesAndTheHeadersAlone) {
  const std::string source = "\xef\xbb\xbfint f() { return 1; }\r\n";
  write(submission_.directory / "a.cpp", source);
  write(submission_.directory / "a.hpp", "int g();\n");
  const auto prepared = prepare(submission_, exercise_, rubric_);
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  const Workspace& workspace = prepared->workspace;
  EXPECT_EQ(read_file(workspace.sources / "a.cpp").value(), source);
  EXPECT_FALSE(fs::exists(workspace.sources / "a.hpp"));
  EXPECT_EQ(read_file(workspace.interface / "a.hpp").value(), "int f();\n");
  EXPECT_THAT(workspace.student_files, ElementsAre("a.cpp"));
}

TEST_F(WorkspaceTest, IsPrivateAndGoesWithItsOwner) {
  write(submission_.directory / "a.cpp", "");
  fs::path scratch;
  {
    const auto prepared = prepare(submission_, exercise_, rubric_);
    ASSERT_TRUE(prepared.ok());
    scratch = prepared->workspace.root;
    EXPECT_EQ(fs::status(scratch).permissions(), fs::perms::owner_all);
  }
  EXPECT_FALSE(fs::exists(scratch));
}

TEST_F(WorkspaceTest, NamesAMissingFileAndTheNearestOneFound) {
  EXPECT_THAT(refusal(), AllOf(HasSubstr("a.cpp is missing"), Not(HasSubstr("is meant"))));
  write(submission_.directory / "A.cc", "");
  EXPECT_THAT(refusal(), HasSubstr("is A.cc meant to be it?"));
  write(submission_.directory / "src" / "a.cpp", "");
  EXPECT_THAT(refusal(), HasSubstr("src/a.cpp is there"));
}

TEST_F(WorkspaceTest, RefusesASymbolicLink) {
  fs::create_symlink("/etc/passwd", submission_.directory / "a.cpp");
  EXPECT_THAT(refusal(), HasSubstr("a.cpp is a symbolic link"));
}

TEST_F(WorkspaceTest, RefusesAFifoWithoutWaitingForIt) {
  ASSERT_EQ(mkfifo((submission_.directory / "a.cpp").c_str(), 0644), 0);
  EXPECT_THAT(refusal(), HasSubstr("not a regular file"));
}

TEST_F(WorkspaceTest, RefusesAFolderInPlaceOfAFile) {
  fs::create_directories(submission_.directory / "a.cpp");
  EXPECT_THAT(refusal(), HasSubstr("not a regular file"));
}

TEST_F(WorkspaceTest, RefusesAHugeFile) {
  write(submission_.directory / "a.cpp", std::string(kSourceBytesMax + 1, ' '));
  EXPECT_THAT(refusal(), HasSubstr("larger than 1024 KiB"));
}

TEST_F(WorkspaceTest, RefusesUtf16) {
  write(submission_.directory / "a.cpp", "\xff\xfei");
  EXPECT_THAT(refusal(), HasSubstr("save it as UTF-8"));
}

TEST_F(WorkspaceTest, RefusesARubricThatClimbsOutOfTheSubmission) {
  rubric_.submit = {"../other/a.cpp"};
  const auto prepared = prepare(submission_, exercise_, rubric_);
  ASSERT_FALSE(prepared.ok());
  EXPECT_EQ(prepared.error().kind, ErrorKind::invalid_rubric);
}

TEST_F(WorkspaceTest, SaysWhenTheSubmissionHasNoFolder) {
  submission_.directory = root_ / "nobody";
  EXPECT_THAT(refusal(), HasSubstr("nobody cannot be opened"));
}

TEST_F(WorkspaceTest, RemovesScratchDirectoriesOnTheWayOutOfASignal) {
  std::array<int, 2> names{};
  ASSERT_EQ(pipe(names.data()), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const auto scratch = ScratchDirectory::create();
    if (!scratch.ok()) _exit(1);
    write(scratch->path() / "deep" / "file", "x");
    const std::string name = scratch->path().string();
    const ssize_t written = ::write(names[1], name.data(), name.size());
    remove_scratch_directories_from_signal_handler();
    _exit(written > 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_EQ(status, 0);
  char name[512] = {};
  ASSERT_GT(read(names[0], name, sizeof name - 1), 0);
  EXPECT_FALSE(fs::exists(name)) << name;
}

TEST(NearestName, CountsEditsAndIgnoresCase) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("Threads.CPP", "threads.cpp"), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(NearestName, GivesNothingWhenNoNameIsNear) {
  EXPECT_EQ(nearest_name("threads.cpp", {"popen.cpp", "Thread.cpp"}), "Thread.cpp");
  EXPECT_EQ(nearest_name("threads.cpp", {"README.md"}), std::nullopt);
}

}  // namespace
}  // namespace grader
