#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// What a rubric may speak of: read off the exercise's folder without building anything.
struct ExerciseFacts {
  std::string slug;                    ///< name of the folder
  std::vector<std::string> files;      ///< names of the source files beside the rubric
  std::vector<std::string> scenarios;  ///< "Suite.Name", in the order of files and lines
  std::vector<std::string> literals;   ///< short texts in the scenarios: marks and attributes
};

/// Reads `directory` and its scenarios/ (*.cpp, *.hpp). Scenarios are found by their text, `TEST(`
/// and `TEST_F(` outside comments, so a test that a macro of its own makes is not seen.
Result<ExerciseFacts> read_exercise_facts(const std::filesystem::path& directory);

/// Adds what one source file holds. For read_exercise_facts, and its tests.
void scan_scenarios(std::string_view source, ExerciseFacts& facts);

}  // namespace grader
