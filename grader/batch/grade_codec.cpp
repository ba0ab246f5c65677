#include "batch/grade_codec.hpp"

#include <nlohmann/json.hpp>

// Found by nlohmann::json through the namespaces of the arguments.
namespace grader {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SourceLocation, file, line, column, function)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Finding, kind, scenario, schedule, replay, message, locations,
                                   details)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Verdict, criterion, outcome, earned, runs, summary, findings)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Diagnostic, severity, location, message)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GradedCriterion, id, title, check, hint, verdict, points,
                                   points_max, bonus, visibility)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BenchmarkMeasurement, scenario, ratio, ratio_low, ratio_high,
                                   failure, ended, withheld, pairs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Timing, total_ms, build_ms, explore_ms, cpu_ms,
                                                benchmarks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Grade, exercise, title, submission, command, points, points_max,
                                   pass_mark, outcome, withheld, built, problem, diagnostics,
                                   criteria, timing)

namespace {

using Json = nlohmann::json;

/// Students' bytes need not be UTF-8, and JSON's must be: each byte becomes the code point of the
/// same number, which keeps them all.
std::string widen(std::string_view bytes) {
  std::string utf8;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8 += c;
    } else {
      utf8 += static_cast<char>(0xC0U | (byte >> 6U));
      utf8 += static_cast<char>(0x80U | (byte & 0x3FU));
    }
  }
  return utf8;
}

std::string narrow(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80 || i + 1 == utf8.size()) {
      bytes += utf8[i];
    } else {
      const auto next = static_cast<unsigned char>(utf8[++i]);
      bytes += static_cast<char>(((byte & 0x03U) << 6U) | (next & 0x3FU));
    }
  }
  return bytes;
}

template <typename Change>
void change_strings(Json& json, const Change& change) {
  if (json.is_string()) {
    json = change(json.get_ref<const std::string&>());
  } else if (json.is_structured()) {
    for (Json& member : json) change_strings(member, change);
  }
}

}  // namespace

std::string encode_grade(const Grade& grade) {
  Json json = grade;
  change_strings(json, widen);
  return json.dump();
}

Result<Grade> decode_grade(std::string_view text) {
  try {
    Json json = Json::parse(text);
    change_strings(json, narrow);
    return json.get<Grade>();
  } catch (const Json::exception& error) {
    return Error{ErrorKind::internal, std::string("a grade in the journal is damaged (") +
                                          error.what() + "); delete grades.db and grade again"};
  }
}

}  // namespace grader
