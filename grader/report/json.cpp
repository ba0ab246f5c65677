#include <cmath>
#include <nlohmann/json.hpp>

#include "report/report.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

using Json = nlohmann::ordered_json;

/// Whole points as whole numbers.
Json number(double points) {
  const double whole = std::round(points);
  if (whole == points) return static_cast<std::int64_t>(whole);
  return points;
}

Json locations_json(const std::vector<SourceLocation>& locations) {
  Json all = Json::array();
  for (const SourceLocation& location : locations) {
    all.push_back({{"file", location.file}, {"line", location.line}});
  }
  return all;
}

Json finding_json(const Finding& finding) {
  return {{"kind", to_text(finding.kind)}, {"scenario", finding.scenario},
          {"schedule", finding.schedule},  {"replay", finding.replay},
          {"message", finding.message},    {"locations", locations_json(finding.locations)}};
}

Json criterion_json(const GradedCriterion& criterion) {
  Json findings = Json::array();
  for (const Finding& finding : criterion.verdict.findings) {
    findings.push_back(finding_json(finding));
  }
  return {{"id", criterion.id},
          {"check", criterion.check},
          {"outcome", to_text(criterion.verdict.outcome)},
          {"points", number(criterion.points)},
          {"points_max", number(criterion.points_max)},
          {"summary", criterion.verdict.summary},
          {"runs", criterion.verdict.runs},
          {"findings", std::move(findings)}};
}

Json diagnostics_json(const std::vector<Diagnostic>& diagnostics) {
  Json all = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    const bool warning = diagnostic.severity == Diagnostic::Severity::warning;
    all.push_back({{"severity", warning ? "warning" : "error"},
                   {"file", diagnostic.location.file},
                   {"line", diagnostic.location.line},
                   {"column", diagnostic.location.column},
                   {"message", diagnostic.message}});
  }
  return all;
}

Json benchmark_json(const BenchmarkMeasurement& measured) {
  return {{"scenario", measured.scenario},
          {"ratio", measured.ratio},
          {"ratio_low", measured.ratio_low},
          {"ratio_high", measured.ratio_high},
          {"pairs", measured.pairs}};
}

Json grade_json(const View& view) {
  const Grade& grade = view.grade;
  Json json = {{"schema", "grader-report/1"},
               {"exercise", grade.exercise},
               {"submission", grade.submission},
               {"points", number(grade.points)},
               {"points_max", number(grade.points_max)},
               {"outcome", to_text(grade.outcome)}};
  json["criteria"] = Json::array();
  for (const GradedCriterion& criterion : grade.criteria) {
    json["criteria"].push_back(criterion_json(criterion));
  }
  if (!grade.problem.empty()) json["problem"] = grade.problem;
  if (!grade.built) json["diagnostics"] = diagnostics_json(grade.diagnostics);
  if (view.hidden > 0) {
    json["hidden"] = {{"criteria", view.hidden}, {"points_max", number(view.hidden_points)}};
  }
  json["timing"] = {{"total_ms", grade.timing.total_ms},
                    {"build_ms", grade.timing.build_ms},
                    {"explore_ms", grade.timing.explore_ms},
                    {"cpu_ms", grade.timing.cpu_ms}};
  for (const BenchmarkMeasurement& measured : grade.timing.benchmarks) {
    if (measured.ratio > 0) json["timing"]["benchmarks"].push_back(benchmark_json(measured));
  }
  return json;
}

}  // namespace

std::string report_json(const std::vector<Grade>& grades, const ReportOptions& options) {
  Json all = Json::array();
  for (const Grade& grade : grades) all.push_back(grade_json(view_of(grade, options)));
  const Json& root = all.size() == 1 ? all.front() : all;
  // Bytes of a student's that are not UTF-8 become U+FFFD.
  return root.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace grader
