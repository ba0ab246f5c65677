#include "rubric/problem.hpp"

#include <algorithm>
#include <cstddef>

#include "rubric/yaml_tree.hpp"

namespace grader {
namespace {

constexpr std::size_t kNameSizeMax = 100;  ///< longer names are not compared

/// Optimal string alignment distance: insertions, deletions, changes, swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

std::string to_text(const RubricProblem& problem) {
  return problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) +
         ": " + problem.message;
}

void Problems::add(int line, int column, std::string message) {
  found_.push_back({file_, line, column, std::move(message)});
}

void Problems::add(const YamlNode& at, std::string message) {
  add(std::max(at.line, 1), std::max(at.column, 1), std::move(message));
}

std::vector<RubricProblem> Problems::sorted() const {
  std::vector<RubricProblem> all = found_;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  if (name.size() > kNameSizeMax) return "";
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  const std::string* best = nullptr;
  for (const std::string& candidate : known) {
    const std::size_t size_limit = name.size() + best_distance;
    if (candidate.size() >= size_limit || candidate == name) continue;
    const std::size_t d = distance(name, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : ". Did you mean \"" + *best + "\"?";
}

}  // namespace grader
