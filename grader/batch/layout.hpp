#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// What the name of a file or folder in an export of a learning platform says.
struct ExportName {
  std::string student;
  std::string id;    ///< the platform's number of the student or submission; tells namesakes apart
  std::string file;  ///< the name under which it was handed in; empty: a folder of files
  bool late = false;

  bool operator==(const ExportName&) const = default;
};

/// "Ada Lovelace_12345_assignsubmission_file_", or with the file's name behind it (Moodle, with and
/// without "Download submissions in folders").
std::optional<ExportName> parse_moodle(std::string_view name);

/// "lovelaceada_LATE_12345_67890_threads-2.cpp" (Canvas, "Download Submissions"): the number of a
/// resubmission is taken off the file's name.
std::optional<ExportName> parse_canvas(std::string_view name);

/// Names of the students in Gradescope's submission_metadata.yml, by folder ("submission_123"); a
/// group's names are joined by " + ".
std::vector<std::pair<std::string, std::string>> parse_gradescope_metadata(std::string_view text);

/// The part, up to and with a '-', that all names begin with: the assignment in the folders of
/// GitHub Classroom ("lab-3-ada", "lab-3-bob"). Empty when there is none, or one name alone.
std::string common_prefix(const std::vector<std::string>& names);

}  // namespace grader
