#include "cli/lint_command.hpp"

#include <ostream>

#include "cli/exit_codes.hpp"
#include "rubric/rubric_loader.hpp"

namespace grader {
namespace {

std::filesystem::path rubric_at(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? path / "rubric.yaml" : path;
}

}  // namespace

int lint(const std::vector<std::filesystem::path>& rubrics, std::ostream& out) {
  if (rubrics.empty()) {
    out << "lint: name at least one rubric, such as exercises/1-threads/rubric.yaml\n";
    return kExitUsage;
  }
  std::size_t problems_found = 0;
  for (const std::filesystem::path& path : rubrics) {
    const RubricResult result = load_rubric(rubric_at(path));
    if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&result)) {
      out << to_text(*problems);
      problems_found += problems->size();
    } else {
      const Rubric& rubric = std::get<Rubric>(result);
      out << rubric.file.string() << ": right, " << rubric.criteria.size() << " criteria\n";
    }
  }
  if (problems_found == 0) return kExitPass;
  out << problems_found << (problems_found == 1 ? " problem" : " problems") << " found\n";
  return kExitInvalidRubric;
}

}  // namespace grader
