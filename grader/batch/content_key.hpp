#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "batch/grading.hpp"

namespace grader {

/// The rubric's text without what only scores: points, pass, titles, hints, visibility, bonus, cap,
/// late. Two rubrics with the same text give the same verdicts.
Result<std::string> judging_text(std::string_view rubric_yaml);

/// What every grade of a batch depends on: the exercise's files, the judging part of its rubric,
/// the compiler, the grader with its libraries, and the options that change verdicts.
Result<std::string> batch_key(const Installation& installation, const LoadedExercise& exercise,
                              const GradeOptions& options);

/// The key of one submission's grade: `batch` and the content of the files that the rubric lists,
/// as found in `directory`. An error when one of them cannot be read; a missing one is content too.
Result<std::string> submission_key(const std::string& batch, const Rubric& rubric,
                                   const std::filesystem::path& directory);

}  // namespace grader
