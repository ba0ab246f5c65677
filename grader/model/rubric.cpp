#include "model/rubric.hpp"

#include <algorithm>
#include <array>

namespace grader {

const char* check_name(const CheckParameters& check) {
  static constexpr std::array<const char*, std::variant_size_v<CheckParameters>> kNames = {
      "build", "test", "race", "deadlock", "ordering", "exit_code", "output", "speed"};
  return kNames[check.index()];
}

const char* to_text(PatternKind kind) {
  switch (kind) {
    case PatternKind::absence:
      return "absence";
    case PatternKind::existence:
      return "existence";
    case PatternKind::bounded_existence:
      return "bounded_existence";
    case PatternKind::precedence:
      return "precedence";
    case PatternKind::response:
      return "response";
    case PatternKind::mutual_exclusion:
      return "mutual_exclusion";
    case PatternKind::at_most:
      return "at_most";
    case PatternKind::overlap:
      return "overlap";
    case PatternKind::fifo:
      return "fifo";
    case PatternKind::linearizable:
      return "linearizable";
  }
  return "existence";
}

bool glob_matches(std::string_view glob, std::string_view scenario) {
  // Greedy with one step back: linear in practice, and never deeper than one star.
  std::size_t g = 0;
  std::size_t s = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (s < scenario.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = s;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == scenario[s])) {
      ++g;
      ++s;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      s = ++retry;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

bool uses_scenario(const Criterion& criterion, std::string_view scenario) {
  return criterion.scenarios.empty() ||
         std::any_of(criterion.scenarios.begin(), criterion.scenarios.end(),
                     [&](const std::string& glob) { return glob_matches(glob, scenario); });
}

}  // namespace grader
