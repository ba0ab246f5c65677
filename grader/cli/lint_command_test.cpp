#include "cli/lint_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

namespace grader {
namespace {

const std::filesystem::path kRubrics =
    std::filesystem::path(GRADER_SOURCE_DIR) / "fixtures" / "rubrics" / "0-sample";

TEST(Lint, AcceptsARightRubric) {
  std::ostringstream out;
  EXPECT_EQ(lint({kRubrics / "good-complete.yaml"}, out), 0);
  EXPECT_THAT(out.str(), testing::HasSubstr("right, 10 criteria"));
}

TEST(Lint, TellsTheProblemsOfEveryRubricAndExitsWithFour) {
  std::ostringstream out;
  const auto slug = kRubrics / "bad-slug.yaml";
  const auto check = kRubrics / "bad-check.yaml";
  EXPECT_EQ(lint({slug, kRubrics / "good-minimal.yaml", check}, out), 4);
  EXPECT_THAT(out.str(), testing::HasSubstr(slug.string() + ":1:11: exercise is \"1-sample\""));
  EXPECT_THAT(out.str(), testing::HasSubstr(check.string() + ":8:36: check must be one of"));
  EXPECT_THAT(out.str(), testing::EndsWith("2 problems found\n"));
}

TEST(Lint, LooksForTheRubricOfAFolder) {
  std::ostringstream out;
  EXPECT_EQ(lint({kRubrics}, out), 4);
  EXPECT_THAT(out.str(), testing::HasSubstr("rubric.yaml:1:1: reading"));
}

TEST(Lint, AsksForARubricWhenNoneIsNamed) {
  std::ostringstream out;
  EXPECT_EQ(lint({}, out), 2);
}

}  // namespace
}  // namespace grader
