#include "check/checks.hpp"

namespace grader {
namespace {

std::string place_of(const Diagnostic& diagnostic) {
  if (diagnostic.location.file.empty()) return "";
  if (diagnostic.location.line == 0) return diagnostic.location.file + ": ";
  return diagnostic.location.file + ":" + std::to_string(diagnostic.location.line) + ": ";
}

/// The first diagnostic of `severity`, as "file:line: message".
std::string first_of(const std::vector<Diagnostic>& diagnostics, Diagnostic::Severity severity) {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == severity) return place_of(diagnostic) + diagnostic.message;
  }
  return "";
}

struct Judge {
  const BuildCheck& check;
  Verdict& verdict;

  void operator()(const Built& built) const {
    const std::uint64_t warnings = built.warnings.size();
    verdict.outcome = Outcome::pass;
    verdict.summary = "compiles without warnings";
    if (warnings == 0) return;
    const std::string count = std::to_string(warnings) + (warnings == 1 ? " warning" : " warnings");
    verdict.summary = "compiles with " + count;
    if (!check.warnings_max || warnings <= *check.warnings_max) return;
    verdict.outcome = Outcome::fail;
    verdict.summary =
        count + ", at most " + std::to_string(*check.warnings_max) +
        " allowed; the first: " + first_of(built.warnings, Diagnostic::Severity::warning);
  }
  void operator()(const DoesNotBuild& failed) const {
    verdict.outcome = Outcome::fail;
    const std::string first = first_of(failed.diagnostics, Diagnostic::Severity::error);
    verdict.summary = "does not build" + (first.empty() ? "" : ": " + first);
  }
  void operator()(const SubmissionRefused& refused) const {
    verdict.outcome = Outcome::fail;
    verdict.summary = refused.reason;
    verdict.findings = refused.findings;
  }
  void operator()(const BuildFailed& failed) const {
    verdict.outcome = Outcome::error;
    verdict.summary = "the grader could not build: " + failed.reason;
  }
};

}  // namespace

Verdict check_build(const Criterion& criterion, const BuildCheck& check, const CheckInput& input) {
  Verdict verdict;
  verdict.criterion = criterion.id;
  std::visit(Judge{check, verdict}, input.build);
  verdict.earned = verdict.outcome == Outcome::pass ? 1 : 0;
  return verdict;
}

}  // namespace grader
