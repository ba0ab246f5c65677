#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// One thing that is wrong with a rubric, at the place where its author must change it.
struct RubricProblem {
  std::string file;
  int line = 1;    ///< from 1
  int column = 1;  ///< from 1
  std::string message;

  auto operator<=>(const RubricProblem&) const = default;
};

/// "file:line:column: message".
std::string to_text(const RubricProblem& problem);

struct YamlNode;

/// Collects the problems of one rubric, so that all are told in one pass.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(int line, int column, std::string message);
  void add(const YamlNode& at, std::string message);

  [[nodiscard]] bool empty() const { return found_.empty(); }
  /// In the order of the file, each once.
  [[nodiscard]] std::vector<RubricProblem> sorted() const;

 private:
  std::string file_;
  std::vector<RubricProblem> found_;
};

/// ". Did you mean "x"?" with the name of `known` nearest to `name`, or nothing when none is near.
/// Distance after Damerau, "A technique for computer detection and correction of spelling errors"
/// (CACM 7(3), 1964): a third of the name's letters may differ.
std::string suggestion(std::string_view name, const std::vector<std::string>& known);

}  // namespace grader
