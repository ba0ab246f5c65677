#include "style.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "function_lengths.hpp"

namespace grader::style {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::size_t characters(std::string_view line) {
  const auto starts_one = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), starts_one));
}

/// What each folder of grader/ may include besides its own files (design section 4).
const std::map<std::string, std::set<std::string>>& permitted_includes() {
  static const std::map<std::string, std::set<std::string>> permitted = [] {
    const std::set<std::string> ground{"base", "protocol", "model"};
    const std::vector<std::string> stages{"rubric",  "workspace", "build", "sandbox",
                                          "explore", "check",     "score", "report"};
    std::map<std::string, std::set<std::string>> table{{"base", {}},
                                                       {"protocol", {}},
                                                       {"model", {"base", "protocol"}},
                                                       {"runtime", {"protocol"}},
                                                       {"harness", {"protocol"}}};
    for (const std::string& stage : stages) table[stage] = ground;
    std::set<std::string> below = ground;
    below.insert(stages.begin(), stages.end());
    table["batch"] = below;
    below.insert("batch");
    table["cli"] = below;
    return table;
  }();
  return permitted;
}

/// What any test may include: it runs on the grader's side, and may drive the runtime from there.
const std::set<std::string> kBeneathTests{"base", "protocol", "model", "runtime"};

/// Every match of `expression`, reported with what `say` makes of it.
template <typename Say>
Problems report_matches(const std::string& file, std::string_view text,
                        const std::regex& expression, Say say) {
  Problems problems;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(line.begin(), line.end(), match, expression)) {
      problems.push_back({file, number, say(match.str())});
    }
  }
  return problems;
}

bool is_path_of_repository(const std::string& path) {
  static const std::set<std::string> folders{"grader",    "ci",       "cmake",
                                             "exercises", "fixtures", "solutions"};
  const std::size_t slash = path.find('/');
  return slash != std::string::npos && folders.contains(path.substr(0, slash));
}

bool exists_from(const std::filesystem::path& root, const std::string& file,
                 const std::string& path) {
  return std::filesystem::exists(root / path) ||
         std::filesystem::exists(root / std::filesystem::path(file).parent_path() / path);
}

}  // namespace

std::string to_text(const Problem& problem) {
  return problem.file + ":" + std::to_string(problem.line) + ": " + problem.message;
}

Problems check_includes(const std::string& file, std::string_view text) {
  const std::string folder = file.substr(0, file.find('/'));
  const auto known = permitted_includes().find(folder);
  if (known == permitted_includes().end()) {
    return {{file, 1, "grader/" + folder + " has no place in the order of the folders"}};
  }
  static const std::regex include(R"(^\s*#\s*include\s*"([^"/]+)/[^"]*")");
  const bool test = file.ends_with("_test.cpp");
  const std::string code = directives_and_code(text);
  Problems problems;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(code)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (!std::regex_search(line.begin(), line.end(), match, include)) continue;
    const std::string target = match[1].str();
    if (target == folder || known->second.contains(target)) continue;
    if (test && kBeneathTests.contains(target)) continue;
    problems.push_back({file, number, folder + "/ may not include " + target + "/"});
  }
  return problems;
}

Problems check_lengths(const std::string& file, std::string_view text) {
  Problems problems;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (characters(line) > kLineColumnsMax) problems.push_back({file, number, "line too long"});
    if (line.find('\t') != std::string_view::npos) problems.push_back({file, number, "tab"});
    if (line.ends_with(' ')) problems.push_back({file, number, "blank at the end of the line"});
  }
  if (number >= kFileLinesMax) {
    problems.push_back({file, number, "file has " + std::to_string(number) + " lines"});
  }
  for (const FunctionLength& function : function_lengths(text)) {
    if (function.lines < kFunctionLinesMax) continue;
    problems.push_back(
        {file, function.line, "function has " + std::to_string(function.lines) + " lines"});
  }
  return problems;
}

Problems check_words(const std::string& file, std::string_view text) {
  // Taken apart, so that this file passes its own test.
  static const std::regex words(
      "\\b(to"
      "do|fix"
      "me|place"
      "holder|for"
      " now|hard-"
      "coded|not "
      "implemented)\\b",
      std::regex::icase);
  return report_matches(file, text, words,
                        [](const std::string& word) { return "unfinished work: " + word; });
}

Problems check_machine_paths(const std::string& file, std::string_view text) {
  static const std::regex paths(
      "(^|[^A-Za-z0-9_.~-])/(work"
      "/(main|shared)|tmp/(brief|build-)|root"
      "/|home"
      "/[a-z])");
  return report_matches(file, text, paths,
                        [](const std::string& path) { return "path of one machine: " + path; });
}

Problems check_named_files(const std::string& file, std::string_view text,
                           const std::filesystem::path& root) {
  static const std::regex named(R"(`([A-Za-z0-9_./-]+)`|\]\(([A-Za-z0-9_./-]+)(#[^)]*)?\))");
  Problems problems;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    using Iterator = std::regex_iterator<std::string_view::const_iterator>;
    for (Iterator match(line.begin(), line.end(), named); match != Iterator(); ++match) {
      const bool link = (*match)[2].matched;
      const std::string path = link ? (*match)[2].str() : (*match)[1].str();
      if (!link && !is_path_of_repository(path)) continue;
      if (!exists_from(root, file, path)) {
        problems.push_back({file, number, "names " + path + ", which does not exist"});
      }
    }
  }
  return problems;
}

}  // namespace grader::style
