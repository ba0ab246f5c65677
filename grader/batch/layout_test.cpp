#include "batch/layout.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

TEST(Layout, MoodleNamesOfFoldersAndFiles) {
  EXPECT_EQ(parse_moodle("Ada Lovelace_12345_assignsubmission_file_"),
            (ExportName{"Ada Lovelace", "12345", "", false}));
  EXPECT_EQ(parse_moodle("Ada_B. Lovelace_12345_assignsubmission_file"),
            (ExportName{"Ada_B. Lovelace", "12345", "", false}));
  EXPECT_EQ(parse_moodle("Zoë_7_assignsubmission_file_my_threads.cpp"),
            (ExportName{"Zoë", "7", "my_threads.cpp", false}));
  EXPECT_EQ(parse_moodle("Ada_assignsubmission_file_"), std::nullopt);
}

TEST(Layout, CanvasNamesWithLatenessAndResubmission) {
  EXPECT_EQ(parse_canvas("lovelaceada_123_456_threads.cpp"),
            (ExportName{"lovelaceada", "123", "threads.cpp", false}));
  EXPECT_EQ(parse_canvas("lovelaceada_LATE_123_456_task_runner-2.cpp"),
            (ExportName{"lovelaceada", "123", "task_runner.cpp", true}));
  EXPECT_EQ(parse_canvas("threads.cpp"), std::nullopt);
  EXPECT_EQ(parse_canvas("my_threads_2.cpp"), std::nullopt);
}

TEST(Layout, GradescopeMetadataNamesStudentsAndGroups) {
  const auto students = parse_gradescope_metadata(
      "---\nsubmission_11:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '1'\n"
      "  :created_at: 2026-01-01\nsubmission_22:\n  :submitters:\n  - :name: \"Bob\"\r\n"
      "  - :name: Eve\n");
  ASSERT_EQ(students.size(), 2U);
  EXPECT_EQ(students[0], (std::pair<std::string, std::string>{"submission_11", "Ada Lovelace"}));
  EXPECT_EQ(students[1], (std::pair<std::string, std::string>{"submission_22", "Bob + Eve"}));
  EXPECT_TRUE(parse_gradescope_metadata("").empty());
}

TEST(Layout, CommonPrefixIsTheAssignment) {
  EXPECT_EQ(common_prefix({"lab-3-ada", "lab-3-alan", "lab-3-bob"}), "lab-3-");
  EXPECT_EQ(common_prefix({"lab-3-ada", "lab-3-ada-b"}), "lab-3-");
  EXPECT_EQ(common_prefix({"ada", "bob"}), "");
  EXPECT_EQ(common_prefix({"lab-ada"}), "");
  EXPECT_EQ(common_prefix({"a-", "a-b"}), "") << "nobody is left without a name";
}

}  // namespace
}  // namespace grader
