#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// The rules that this project's own sources are held to. Each function judges the text of one
/// file, so that a test can show that it refuses what is bad.
namespace grader::style {

constexpr std::size_t kFunctionLinesMax = 70;  ///< a function has fewer
constexpr std::size_t kFileLinesMax = 400;     ///< a file has fewer
constexpr std::size_t kLineColumnsMax = 100;

/// A breach of a rule, as an editor can jump to it.
struct Problem {
  std::string file;
  std::size_t line = 0;
  std::string message;

  bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

std::string to_text(const Problem& problem);

/// Includes between the folders of grader/: only of folders that stand below. `file` is relative
/// to grader/ ("check/race.cpp").
Problems check_includes(const std::string& file, std::string_view text);

/// Length of the file, of its lines (in characters, not bytes), of its functions; tabs, and blanks
/// at the end of a line. A function is a block with a parameter list before it, outermost only.
Problems check_lengths(const std::string& file, std::string_view text);

/// Words that mark unfinished work.
Problems check_words(const std::string& file, std::string_view text);

/// Paths that exist on the author's machine alone.
Problems check_machine_paths(const std::string& file, std::string_view text);

/// Paths of this repository that a Markdown text names in backticks or links to, and that do not
/// exist under `root`. Generated folders and patterns are left alone.
Problems check_named_files(const std::string& file, std::string_view text,
                           const std::filesystem::path& root);

}  // namespace grader::style
