#include "model/rubric.hpp"

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

}  // namespace grader
