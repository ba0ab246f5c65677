#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/rubric.hpp"
#include "rubric/exercise_facts.hpp"
#include "rubric/problem.hpp"

namespace grader {

/// A rubric that may be graded by, or everything that is wrong with it, in the order of the file.
using RubricResult = std::variant<Rubric, std::vector<RubricProblem>>;

/// Reads rubric text strictly (docs/rubric_format.md). `file` is the name that problems carry. With
/// `exercise`, what the rubric says of its slug, files, scenarios and events is checked too.
RubricResult parse_rubric(std::string_view text, const std::string& file,
                          const ExerciseFacts* exercise);

/// Reads and checks the rubric at `path` against the exercise in whose folder it lies. A file that
/// cannot be read is a problem at line 1.
RubricResult load_rubric(const std::filesystem::path& path);

/// One line a problem: "file:line:column: message".
std::string to_text(const std::vector<RubricProblem>& problems);

}  // namespace grader
