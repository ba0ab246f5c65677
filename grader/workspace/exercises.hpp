#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/submission.hpp"
#include "model/workspace.hpp"

namespace grader {

/// Every exercise under `root`/exercises (a folder with a rubric.yaml), in the order of the course:
/// by the number in front of the name, then by name.
Result<std::vector<Exercise>> find_exercises(const std::filesystem::path& root);

/// The exercise with this slug ("4-parallel-tasks"), this number ("4"), or this name without the
/// number ("parallel-tasks"). An unknown one is a usage error that lists what there is.
Result<Exercise> find_exercise(const std::filesystem::path& root, const std::string& name);

/// The exercise in one folder, with its headers and scenarios in the order of their names.
Result<Exercise> read_exercise(const std::filesystem::path& directory);

/// The submission in `directory`, which holds the files of `exercise`, or a folder for it.
Submission submission_in(const std::filesystem::path& directory, const Exercise& exercise);

}  // namespace grader
