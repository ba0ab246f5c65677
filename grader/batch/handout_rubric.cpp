#include <fmt/format.h>

#include <algorithm>

#include "batch/handout.hpp"

namespace grader {
namespace {

bool is_hidden(const Criterion& criterion) { return criterion.visibility != Visibility::always; }

bool names_scenario(const Criterion& criterion, const std::string& scenario) {
  return std::any_of(criterion.scenarios.begin(), criterion.scenarios.end(),
                     [&](const std::string& glob) { return glob_matches(glob, scenario); });
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::size_t indent_of(const std::string& line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_comment(const std::string& line) { return line.substr(indent_of(line), 1) == "#"; }

bool is_blank_or_comment(const std::string& line) {
  return is_comment(line) || line.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// Marks the lines of the list item that starts at `first`, and the comments directly above it.
/// Comments behind it stay: they speak of what comes next.
void mark_item(const std::vector<std::string>& lines, std::size_t first,
               std::vector<bool>& dropped) {
  for (std::size_t i = first; i > 0 && is_comment(lines[i - 1]); --i) dropped[i - 1] = true;
  std::size_t last = first;
  for (std::size_t i = first + 1; i < lines.size(); ++i) {
    if (is_blank_or_comment(lines[i])) continue;
    if (indent_of(lines[i]) <= indent_of(lines[first])) break;
    last = i;
  }
  for (std::size_t i = first; i <= last; ++i) dropped[i] = true;
}

/// Replaces the number of a key at the left margin; what stands behind it stays.
void set_number(std::vector<std::string>& lines, const std::string& key, double value) {
  for (std::string& line : lines) {
    if (!line.starts_with(key + ":")) continue;
    const std::size_t begin = line.find_first_not_of(' ', key.size() + 1);
    const std::size_t end = std::min(line.find_first_of(" \t\r\n#", begin), line.size());
    if (begin < end) line.replace(begin, end - begin, fmt::format("{}", value));
  }
}

Error wrong(const Rubric& rubric, const Criterion& criterion, const std::string& what) {
  return Error{ErrorKind::invalid_rubric,
               fmt::format("{}:{}: {}", rubric.file.string(), criterion.line, what)};
}

Status check_requirements(const Rubric& rubric, const std::vector<std::string>& hidden) {
  for (const Criterion& criterion : rubric.criteria) {
    if (is_hidden(criterion)) continue;
    for (const std::string& id : criterion.requires_) {
      if (std::find(hidden.begin(), hidden.end(), id) == hidden.end()) continue;
      return wrong(rubric, criterion,
                   fmt::format("students see `{}`, which requires the hidden `{}`; hide it too, or "
                               "let it require a criterion that they see",
                               criterion.id, id));
    }
  }
  return success();
}

}  // namespace

HiddenParts hidden_parts(const Rubric& rubric, const std::vector<std::string>& scenarios) {
  HiddenParts hidden;
  for (const Criterion& criterion : rubric.criteria) {
    if (is_hidden(criterion)) hidden.criteria.push_back(criterion.id);
  }
  for (const std::string& scenario : scenarios) {
    const auto named_by_one = [&](bool hidden_one) {
      return std::any_of(rubric.criteria.begin(), rubric.criteria.end(), [&](const Criterion& c) {
        return is_hidden(c) == hidden_one && names_scenario(c, scenario);
      });
    };
    if (named_by_one(true) && !named_by_one(false)) hidden.scenarios.push_back(scenario);
  }
  return hidden;
}

Result<std::string> visible_rubric(const Rubric& rubric, std::string_view text) {
  const HiddenParts hidden = hidden_parts(rubric, {});
  if (hidden.criteria.empty()) return std::string(text);
  GRADER_CHECK(check_requirements(rubric, hidden.criteria));
  std::vector<std::string> lines = lines_of(text);
  std::vector<bool> dropped(lines.size());
  double points = 0;
  for (const Criterion& criterion : rubric.criteria) {
    if (!is_hidden(criterion)) {
      if (!criterion.bonus) points += criterion.points;
      continue;
    }
    const std::size_t line = static_cast<std::size_t>(criterion.line) - 1;
    if (line >= lines.size() || lines[line].substr(indent_of(lines[line]), 2) != "- ") {
      return wrong(rubric, criterion,
                   fmt::format("to hide `{}`, start its line by \"- \"", criterion.id));
    }
    mark_item(lines, line, dropped);
  }
  set_number(lines, "points", points);
  set_number(lines, "pass", std::min(rubric.pass, points));
  std::string visible;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!dropped[i]) visible += lines[i];
  }
  return visible;
}

}  // namespace grader
