#include "batch/layout.hpp"

#include <algorithm>
#include <regex>

namespace grader {
namespace {

using Match = std::match_results<std::string_view::const_iterator>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r'\"";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::optional<ExportName> parse_moodle(std::string_view name) {
  static const std::regex form(
      R"(([\s\S]+)_(\d+)_assignsubmission_(?:file|onlinetext)_?([\s\S]*))");
  Match match;
  if (name.size() > 1000 || !std::regex_match(name.begin(), name.end(), match, form)) return {};
  return ExportName{match[1].str(), match[2].str(), match[3].str(), false};
}

std::optional<ExportName> parse_canvas(std::string_view name) {
  static const std::regex form(R"(([^_]+)(_LATE|_late)?_(\d+)_(\d+)_([\s\S]+))");
  static const std::regex resubmitted(R"(([\s\S]+)-\d+(\.[^.]+))");
  Match match;
  if (name.size() > 1000 || !std::regex_match(name.begin(), name.end(), match, form)) return {};
  ExportName result{match[1].str(), match[3].str(), match[5].str(), match[2].matched};
  std::smatch parts;
  const std::string file = result.file;
  if (std::regex_match(file, parts, resubmitted)) result.file = parts[1].str() + parts[2].str();
  return result;
}

std::vector<std::pair<std::string, std::string>> parse_gradescope_metadata(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> students;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t name = line.find(":name:");
    if (line.starts_with("submission_") && line.find(':') != std::string_view::npos) {
      students.emplace_back(line.substr(0, line.find(':')), "");
    } else if (name != std::string_view::npos && !students.empty()) {
      std::string& names = students.back().second;
      if (!names.empty()) names += " + ";
      names += trimmed(line.substr(name + 6));
    }
  }
  return students;
}

std::string common_prefix(const std::vector<std::string>& names) {
  if (names.size() < 2) return {};
  std::string prefix = names.front();
  for (const std::string& name : names) {
    const auto differ = std::mismatch(prefix.begin(), prefix.end(), name.begin(), name.end());
    prefix.erase(differ.first, prefix.end());
  }
  const std::size_t dash = prefix.rfind('-');
  if (dash == std::string::npos) return {};
  prefix.resize(dash + 1);
  const bool leaves_all = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.size() > prefix.size();
  });
  return leaves_all ? prefix : std::string();
}

}  // namespace grader
