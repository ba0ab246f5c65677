#include "batch/intake.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/posix.hpp"
#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing_support::TemporaryDirectory;

/// A folder of submissions that each test fills.
class Intake : public testing::Test {
 protected:
  Intake() {
    rubric_.exercise = "1-threads";
    rubric_.submit = {"a.cpp", "b.cpp"};
    fs::create_directories(submissions());
    fs::create_directories(output());
  }

  void write(const fs::path& name, const std::string& text = "x") {
    fs::create_directories((submissions() / name).parent_path());
    std::ofstream(submissions() / name) << text;
  }

  /// Packs a folder beneath `from` with the machine's own tar.
  void tar(const std::string& archive, const fs::path& from) {
    const std::string command =
        "tar -C '" + from.string() + "' -czf '" + (submissions() / archive).string() + "' .";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  std::vector<Candidate> take() {
    const auto taken = take_in(submissions(), output(), output() / "unpacked", rubric_);
    EXPECT_TRUE(taken.ok()) << taken.error().message;
    return taken.ok() ? *taken : std::vector<Candidate>{};
  }

  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const Candidate& candidate : take()) all.push_back(candidate.name);
    return all;
  }

  fs::path submissions() const { return directory_.path() / "submissions"; }
  fs::path output() const { return directory_.path() / "output"; }

  TemporaryDirectory directory_;
  Rubric rubric_;
};

using Names = std::vector<std::string>;

TEST_F(Intake, APlainFolderAStudentStaysWhereItIs) {
  write("bob/a.cpp");
  write("ada/a.cpp");
  write("marks.txt");
  const auto found = take();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "ada");
  EXPECT_EQ(found[0].directory, submissions() / "ada");
  EXPECT_EQ(found[0].problem, "");
}

TEST_F(Intake, FindsTheFilesBelow) {
  write("ada/exercises/1-threads/a.cpp");
  write("ada/exercises/1-threads/b.cpp");
  write("ada/old/a.cpp");
  EXPECT_EQ(take()[0].directory, submissions() / "ada/exercises/1-threads");
}

TEST_F(Intake, GoesIntoTheOnlyFolderToCompareNames) {
  write("ada/homework/thread.cpp");
  EXPECT_EQ(take()[0].directory, submissions() / "ada/homework");
}

TEST_F(Intake, UnpacksAnArchiveAStudent) {
  const TemporaryDirectory made;
  fs::create_directories(made.path() / "src");
  std::ofstream(made.path() / "src/a.cpp") << "int a;";
  tar("Ada Lovelace.tar.gz", made.path());
  const auto found = take();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "Ada Lovelace");
  EXPECT_EQ(found[0].problem, "");
  EXPECT_EQ(*read_file(found[0].directory / "a.cpp"), "int a;");
}

TEST_F(Intake, UnpacksTheArchiveInAFolder) {
  const TemporaryDirectory made;
  std::ofstream(made.path() / "a.cpp") << "int a;";
  fs::create_directories(submissions() / "Ada_9_assignsubmission_file_");
  tar("Ada_9_assignsubmission_file_/work.tgz", made.path());
  const auto found = take();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "Ada");
  EXPECT_EQ(*read_file(found[0].directory / "a.cpp"), "int a;");
}

TEST_F(Intake, ADamagedArchiveIsAProblemOfItsOwner) {
  write("ada.zip", "no archive");
  write("bob/a.cpp");
  const auto found = take();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].problem.find("cannot be read"), std::string::npos) << found[0].problem;
  EXPECT_EQ(found[1].problem, "");
}

TEST_F(Intake, GathersLooseFilesOfMoodleByStudent) {
  write("Ada_1_assignsubmission_file_a.cpp", "1");
  write("Ada_1_assignsubmission_file_b.cpp", "2");
  write("Ada_2_assignsubmission_file_a.cpp", "3");
  const auto found = take();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "Ada (1)") << "namesakes are told apart";
  EXPECT_EQ(*read_file(found[0].directory / "b.cpp"), "2");
  EXPECT_EQ(*read_file(found[1].directory / "a.cpp"), "3");
}

TEST_F(Intake, GathersLooseFilesOfCanvasByStudent) {
  write("lovelaceada_LATE_1_2_a-1.cpp", "1");
  write("lovelaceada_LATE_1_3_b.cpp", "2");
  const auto found = take();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "lovelaceada");
  EXPECT_EQ(*read_file(found[0].directory / "a.cpp"), "1");
}

TEST_F(Intake, NamesStudentsOfGradescopeByItsMetadata) {
  write("submission_metadata.yml", "submission_7:\n  :submitters:\n  - :name: Ada\n");
  write("submission_7/a.cpp");
  EXPECT_EQ(names(), Names{"Ada"});
}

TEST_F(Intake, NamesStudentsOfClassroomByTheirAccount) {
  write("lab-1-ada/a.cpp");
  write("lab-1-ada/.git/config");
  write("lab-1-bob/a.cpp");
  write("lab-1-bob/.git/config");
  EXPECT_EQ(names(), (Names{"ada", "bob"}));
}

TEST_F(Intake, TakesAnArchiveOfTheWholeClass) {
  const TemporaryDirectory made;
  fs::create_directories(made.path() / "class/ada");
  std::ofstream(made.path() / "class/ada/a.cpp") << "x";
  tar("all.tar.gz", made.path());
  const auto found =
      take_in(submissions() / "all.tar.gz", output(), output() / "unpacked", rubric_);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].name, "ada");
}

TEST_F(Intake, HostileNamesGetSafeFiles) {
  write("-rf/a.cpp");
  write("two\nlines/a.cpp");
  write("q\"uote/a.cpp");
  write("\xff\xfe/a.cpp");
  const auto found = take();
  ASSERT_EQ(found.size(), 4U);
  for (const Candidate& candidate : found) {
    EXPECT_EQ(candidate.file.find_first_of("\n\"/ \xff"), std::string::npos) << candidate.file;
    EXPECT_NE(candidate.file[0], '-');
    EXPECT_EQ(candidate.problem, "");
  }
}

TEST_F(Intake, FollowsNoLinks) {
  write("ada/real.txt");
  fs::create_symlink(submissions(), submissions() / "ada/loop");
  fs::create_directory_symlink("/etc", submissions() / "eve");
  const auto found = take();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].directory, submissions() / "ada");
  EXPECT_NE(found[1].problem, "") << "a link in the place of a submission";
}

TEST_F(Intake, TheOutputIsNoSubmission) {
  write("ada/a.cpp");
  fs::create_directories(submissions() / "results");
  const auto found = take_in(submissions(), submissions() / "results",
                             submissions() / "results/unpacked", rubric_);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 1U);
}

TEST_F(Intake, NothingToGradeIsAUsageError) {
  const auto empty = take_in(submissions(), output(), output() / "unpacked", rubric_);
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().kind, ErrorKind::usage);
  const auto missing = take_in("no_such_folder", output(), output() / "unpacked", rubric_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace grader
