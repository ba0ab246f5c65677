#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "batch/grading.hpp"

namespace grader {

/// What students do not get of one exercise: criteria whose `visibility` is not `always`, and the
/// scenarios that these name and no criterion that students see names.
struct HiddenParts {
  std::vector<std::string> criteria;   ///< ids, in the order of the rubric
  std::vector<std::string> scenarios;  ///< "Suite.Name"
};

HiddenParts hidden_parts(const Rubric& rubric, const std::vector<std::string>& scenarios);

/// The text of the rubric without its hidden criteria and the comments directly above them; points
/// and pass mark are brought down to what is left. An error (invalid_rubric, with file:line) when a
/// criterion that stays requires a hidden one, or a hidden one does not start a line by "- ".
Result<std::string> visible_rubric(const Rubric& rubric, std::string_view text);

struct Handout {
  std::vector<std::string> exercises;  ///< slugs
  std::size_t criteria_left_out = 0;
  std::size_t scenario_files_left_out = 0;
};

/// Writes to `output` what students of the course at `root` get: of each exercise the statements,
/// the header, the stub, the scenarios and criteria that they may see; the grader's sources without
/// its tests, and the set-up that `make check` needs. `output` appears complete or not at all; one
/// that is there already is a usage error. So is a course without the set-up. The rubrics written
/// are checked as `grader lint` does.
Result<Handout> write_handout(const std::filesystem::path& root,
                              const std::vector<LoadedExercise>& exercises,
                              const std::filesystem::path& output);

}  // namespace grader
