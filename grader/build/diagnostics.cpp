#include "build/diagnostics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace grader {
namespace {

constexpr std::size_t kNotesMax = 6;
constexpr std::string_view kInterfacePrefix = "../interface/";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || rest == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return number;
}

/// "file:line:column: rest".
struct PlacedLine {
  SourceLocation location;
  std::string_view rest;
};

std::optional<PlacedLine> parse_placed_line(std::string_view line) {
  const std::size_t name_end = line.find(':');
  if (name_end == std::string_view::npos || name_end == 0) return std::nullopt;
  PlacedLine placed;
  placed.location.file = std::string(line.substr(0, name_end));
  std::string_view rest = line.substr(name_end + 1);
  const std::optional<int> number = take_number(rest);
  if (!number.has_value() || !rest.starts_with(':')) return std::nullopt;
  placed.location.line = *number;
  rest.remove_prefix(1);
  if (const std::optional<int> column = take_number(rest); column.has_value()) {
    placed.location.column = *column;
    if (!rest.starts_with(':')) return std::nullopt;
    rest.remove_prefix(1);
  }
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (placed.location.file.starts_with(kInterfacePrefix)) {
    placed.location.file.erase(0, kInterfacePrefix.size());
  }
  placed.rest = rest;
  return placed;
}

class CompilerOutput {
 public:
  explicit CompilerOutput(const std::vector<std::string>& own_files) : own_files_(own_files) {}

  void add(std::string_view line) {
    const std::optional<PlacedLine> placed = parse_placed_line(line);
    if (!placed.has_value()) {
      // "file: In function …", "file: In instantiation of …": what follows has a new origin.
      if (line.find(": In ") != std::string_view::npos) origin_.reset();
      return add_unplaced(line);
    }
    if (take(*placed, "error: ", Diagnostic::Severity::error) ||
        take(*placed, "fatal error: ", Diagnostic::Severity::error) ||
        take(*placed, "sorry, unimplemented: ", Diagnostic::Severity::error) ||
        take(*placed, "internal compiler error: ", Diagnostic::Severity::error) ||
        take(*placed, "warning: ", Diagnostic::Severity::warning)) {
      return;
    }
    if (placed->rest.starts_with("note: ")) return add_note(*placed);
    if (placed->rest.starts_with("required from") && is_own(placed->location)) {
      origin_ = placed->location;
    }
  }

  std::vector<Diagnostic> take_all() { return std::move(found_); }

 private:
  [[nodiscard]] bool is_own(const SourceLocation& location) const {
    return std::find(own_files_.begin(), own_files_.end(), location.file) != own_files_.end();
  }

  bool take(const PlacedLine& placed, std::string_view prefix, Diagnostic::Severity severity) {
    if (!placed.rest.starts_with(prefix)) return false;
    Diagnostic diagnostic{severity, placed.location,
                          std::string(placed.rest.substr(prefix.size()))};
    if (!is_own(placed.location) && origin_.has_value()) diagnostic.location = *origin_;
    // Each instantiation of a template says the same again.
    const bool again = std::any_of(found_.begin(), found_.end(), [&](const Diagnostic& earlier) {
      return earlier.severity == severity && earlier.location == diagnostic.location &&
             earlier.message.substr(0, earlier.message.find('\n')) == diagnostic.message;
    });
    notes_ = again ? kNotesMax : 0;
    if (!again) found_.push_back(std::move(diagnostic));
    return true;
  }

  /// Errors without a place ("cc1plus: error: …", "g++: fatal error: …").
  void add_unplaced(std::string_view line) {
    for (const std::string_view program : {"cc1plus: ", "g++: ", "collect2: "}) {
      for (const std::string_view kind : {"error: ", "fatal error: "}) {
        const std::string prefix = fmt::format("{}{}", program, kind);
        if (!line.starts_with(prefix)) continue;
        found_.push_back(
            {Diagnostic::Severity::error, {}, std::string(line.substr(prefix.size()))});
        notes_ = 0;
      }
    }
  }

  void add_note(const PlacedLine& placed) {
    if (found_.empty() || notes_++ >= kNotesMax) return;
    const std::string where =
        is_own(placed.location) ? fmt::format("{}:{}: ", placed.location.file, placed.location.line)
                                : "";
    found_.back().message += fmt::format("\n  {}{}", where, placed.rest);
  }

  const std::vector<std::string>& own_files_;
  std::vector<Diagnostic> found_;
  std::optional<SourceLocation> origin_;  ///< where the student's code led into a template
  std::size_t notes_ = 0;                 ///< of the last message
};

/// The text between `before` and `after` in `line`.
std::optional<std::string> between(std::string_view line, std::string_view before,
                                   std::string_view after) {
  const std::size_t start = line.find(before);
  if (start == std::string_view::npos) return std::nullopt;
  line.remove_prefix(start + before.size());
  const std::size_t end = after.empty() ? line.size() : line.find(after);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(line.substr(0, end));
}

/// The symbol that `line` says is missing, in the words of GNU ld or of mold.
std::optional<std::string> undefined_symbol(std::string_view line) {
  if (auto name = between(line, "undefined reference to `", "'")) return name;
  return between(line, "error: undefined symbol: ", "");
}

std::optional<std::string> duplicate_symbol(std::string_view line) {
  if (auto name = between(line, "multiple definition of `", "'")) return name;
  if (line.find("error: duplicate symbol: ") == std::string_view::npos) return std::nullopt;
  const std::size_t last = line.rfind(": ");
  return std::string(line.substr(last + 2));
}

}  // namespace

std::vector<Diagnostic> parse_compiler_output(std::string_view output,
                                              const std::vector<std::string>& own_files) {
  CompilerOutput parser(own_files);
  for (const std::string_view line : lines_of(output)) parser.add(line);
  return parser.take_all();
}

std::vector<Diagnostic> parse_linker_output(std::string_view output) {
  std::vector<Diagnostic> found;
  std::set<std::string> said;
  const auto say = [&](std::string message) {
    if (said.insert(message).second) {
      found.push_back({Diagnostic::Severity::error, {}, std::move(message)});
    }
  };
  for (const std::string_view line : lines_of(output)) {
    if (const auto missing = undefined_symbol(line)) {
      say(fmt::format("{} is used, but none of the submitted files defines it", *missing));
    } else if (const auto twice = duplicate_symbol(line)) {
      say(fmt::format("{} is defined more than once", *twice));
    }
  }
  if (found.empty()) {
    const std::vector<std::string_view> lines = lines_of(output);
    say(fmt::format("the linker failed: {}", lines.empty() ? "it said nothing" : lines.front()));
  }
  return found;
}

}  // namespace grader
