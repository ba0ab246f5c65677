#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "batch/archive.hpp"
#include "batch/candidate.hpp"
#include "model/rubric.hpp"

namespace grader {

/// Finds the submissions in `submissions`: a folder with a folder or an archive a student, an
/// export of Moodle, Canvas or Gradescope, the clones of GitHub Classroom, or an archive of one of
/// these. Students get the names that the export has for them. Folders stay where they are;
/// archives and loose files are unpacked into `unpacked`, which is emptied first. In each
/// submission the folder with the most of the files that the rubric lists is looked for. What
/// cannot be taken becomes a Candidate with a problem, never an error; `output` is no submission,
/// wherever it lies. Sorted by name.
Result<std::vector<Candidate>> take_in(const std::filesystem::path& submissions,
                                       const std::filesystem::path& output,
                                       const std::filesystem::path& unpacked, const Rubric& rubric);

/// The folder at or below `directory` that holds most of the files that the rubric lists: the
/// nearest to the top, then the first by name.
std::filesystem::path locate_files(const std::filesystem::path& directory, const Rubric& rubric);

}  // namespace grader
