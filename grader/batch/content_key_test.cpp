#include "batch/content_key.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

using testing_support::TemporaryDirectory;

const std::string kRubric = R"(exercise: 1-threads
title: Threads
submit: [a.cpp]
points: 100
pass: 60
criteria:
  - {id: builds, points: 5, check: build, hint: read the compiler's messages}
  - {id: no-race, points: 95, check: race, requires: [builds]}
)";

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ContentKey, JudgingTextForgetsWhatOnlyScores) {
  const std::string text = *judging_text(kRubric);
  EXPECT_EQ(text, *judging_text(changed(kRubric, "pass: 60", "pass: 50")));
  EXPECT_EQ(text, *judging_text(changed(kRubric, "points: 95", "points: 90")));
  EXPECT_EQ(text, *judging_text(changed(kRubric, "hint: read", "hint: look at")));
  EXPECT_EQ(text, *judging_text(changed(kRubric, "points: 5,", "points: 5, cap: 20,")));
}

TEST(ContentKey, JudgingTextKeepsWhatDecidesVerdicts) {
  const std::string text = *judging_text(kRubric);
  EXPECT_NE(text, *judging_text(changed(kRubric, "check: race", "check: deadlock")));
  EXPECT_NE(text, *judging_text(changed(kRubric, "requires: [builds]", "requires: []")));
  EXPECT_NE(text, *judging_text(changed(kRubric, "a.cpp", "b.cpp")));
  EXPECT_NE(text, *judging_text(kRubric + "limits: {cpu: 1s}\n"));
}

TEST(ContentKey, JudgingTextOfBrokenYamlIsAnError) { EXPECT_FALSE(judging_text("a: [").ok()); }

class SubmissionKey : public testing::Test {
 protected:
  SubmissionKey() { rubric_.submit = {"a.cpp", "b.cpp"}; }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
  }
  Result<std::string> key(const std::string& batch = "batch") {
    return submission_key(batch, rubric_, directory_.path());
  }

  TemporaryDirectory directory_;
  Rubric rubric_;
};

TEST_F(SubmissionKey, DependsOnTheListedFilesAndTheBatchAlone) {
  write("a.cpp", "int a;");
  write("b.cpp", "int b;");
  const std::string before = *key();
  write("notes.txt", "not handed in");
  EXPECT_EQ(*key(), before);
  EXPECT_NE(*key("another exercise"), before);
  write("b.cpp", "int c;");
  EXPECT_NE(*key(), before);
}

TEST_F(SubmissionKey, TextMovedFromOneFileToTheOtherMakesAnother) {
  write("a.cpp", "xy");
  write("b.cpp", "z");
  const std::string before = *key();
  write("a.cpp", "x");
  write("b.cpp", "yz");
  EXPECT_NE(*key(), before);
}

TEST_F(SubmissionKey, WithoutARegularFileThereIsNone) {
  write("a.cpp", "int a;");
  EXPECT_FALSE(key().ok());
  std::filesystem::create_symlink("/dev/zero", directory_.path() / "b.cpp");
  EXPECT_FALSE(key().ok());
}

}  // namespace
}  // namespace grader
