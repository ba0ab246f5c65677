#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "report/report.hpp"
#include "report/text.hpp"
#include "report/view.hpp"

namespace grader {
namespace {

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(harmless(value).c_str());
}

/// What went wrong, as the text of a failure.
std::string body_of(const GradedCriterion& criterion, const Grade& grade) {
  std::string body = criterion.verdict.summary + "\n";
  for (const Finding& finding : criterion.verdict.findings) {
    body += std::string(to_text(finding.kind)) + " in " + finding.scenario + ": " +
            finding.message + "\n";
    for (const SourceLocation& location : finding.locations) {
      body += "  at " + location_text(location) + "\n";
    }
    for (const std::string& detail : finding.details) body += "  " + detail + "\n";
    body += "  again: " + again_command(finding, grade) + "\n";
  }
  return harmless(body, true);
}

void write_case(pugi::xml_node suite, const GradedCriterion& criterion, const Grade& grade) {
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "classname", grade.exercise);
  set(node, "name", criterion.id);
  const char* element = nullptr;
  switch (criterion.verdict.outcome) {
    case Outcome::pass:
      return;
    case Outcome::skipped:
      element = "skipped";
      break;
    case Outcome::error:
      element = "error";
      break;
    case Outcome::fail:
    case Outcome::inconclusive:
      element = "failure";
      break;
  }
  pugi::xml_node result = node.append_child(element);
  set(result, "message", criterion.verdict.summary);
  if (criterion.verdict.outcome == Outcome::skipped) return;
  set(result, "type", to_text(criterion.verdict.outcome));
  result.text().set(body_of(criterion, grade).c_str());
}

std::size_t count_of(const Grade& grade, std::initializer_list<Outcome> outcomes) {
  std::size_t count = 0;
  for (const GradedCriterion& criterion : grade.criteria) {
    count += static_cast<std::size_t>(
        std::count(outcomes.begin(), outcomes.end(), criterion.verdict.outcome));
  }
  return count;
}

void write_suite(pugi::xml_node root, const Grade& grade) {
  pugi::xml_node suite = root.append_child("testsuite");
  set(suite, "name", grade.exercise);
  set(suite, "tests", std::to_string(grade.criteria.size()));
  set(suite, "failures", std::to_string(count_of(grade, {Outcome::fail, Outcome::inconclusive})));
  set(suite, "errors", std::to_string(count_of(grade, {Outcome::error})));
  set(suite, "skipped", std::to_string(count_of(grade, {Outcome::skipped})));
  pugi::xml_node properties = suite.append_child("properties");
  const auto add = [&](const char* name, const std::string& value) {
    pugi::xml_node property = properties.append_child("property");
    set(property, "name", name);
    set(property, "value", value);
  };
  add("submission", grade.submission);
  add("points", points_text(grade.points));
  add("points_max", points_text(grade.points_max));
  add("outcome", to_text(grade.outcome));
  for (const GradedCriterion& criterion : grade.criteria) write_case(suite, criterion, grade);
}

}  // namespace

std::string report_junit(const std::vector<Grade>& grades, const ReportOptions& options) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("testsuites");
  for (const Grade& grade : grades) write_suite(root, view_of(grade, options).grade);
  std::ostringstream text;
  document.save(text, "  ", pugi::format_indent, pugi::encoding_utf8);
  return text.str();
}

}  // namespace grader
