#include <algorithm>
#include <charconv>

#include "check/checks.hpp"
#include "check/judge_runs.hpp"

namespace grader {
namespace {

constexpr int kThreadSanitizerExitCode = 66;  ///< TSAN_OPTIONS exitcode: a race was reported
constexpr std::size_t kDetailsMax = 12;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Takes "file:line: " off the front of `text`.
SourceLocation take_location(std::string_view& text) {
  SourceLocation location;
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return location;
  const std::size_t second = text.find(": ", first + 1);
  if (second == std::string_view::npos) return location;
  const std::string_view digits = text.substr(first + 1, second - first - 1);
  int line = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), line);
  if (error != std::errc() || end != digits.data() + digits.size()) return location;
  location.file = text.substr(0, first);
  location.line = line;
  text.remove_prefix(second + 2);
  return location;
}

Finding finding_of(const Observation& run, const TraceEvent& assertion) {
  std::string_view text = assertion.text;
  const SourceLocation location = take_location(text);
  std::vector<std::string> lines = lines_of(text);
  std::string message = "an assertion of the scenario failed:";
  for (const std::string& line : lines) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    message += " " + line.substr(begin);
  }
  Finding finding = finding_in(run, FindingKind::assertion, std::move(message));
  if (!location.file.empty()) finding.locations.push_back(location);
  if (lines.size() > kDetailsMax) lines.resize(kDetailsMax);
  if (lines.size() > 1) finding.details = std::move(lines);
  return finding;
}

Judgement judge(const Observation& run) {
  Judgement judgement;
  for (const TraceEvent& event : run.trace) {
    if (event.kind != protocol::EventKind::test_assertion) continue;
    judgement.add(Outcome::fail, finding_of(run, event));
  }
  // The program ended well, so this was one of its children.
  for (Finding& crash : findings_of(run, {FindingKind::crash})) {
    judgement.add(Outcome::fail, std::move(crash));
  }
  if (judgement.outcome != Outcome::pass) return judgement;
  if (!run.passed) {
    judgement.add(Outcome::fail,
                  finding_in(run, FindingKind::assertion, "an assertion of the scenario failed"));
    return judgement;
  }
  const int code = std::get<Exited>(run.termination).code;
  const bool sanitizer = run.runtime == RuntimeKind::thread_sanitizer;
  if (code != 0 && !(sanitizer && code == kThreadSanitizerExitCode)) {
    judgement.add(Outcome::fail, finding_in(run, FindingKind::exit_code,
                                            "the scenario passed, but the program then ended with "
                                            "status " +
                                                std::to_string(code)));
  }
  return judgement;
}

}  // namespace

Verdict check_test(const Criterion& criterion, const TestCheck&, const CheckInput& input) {
  RunsJudge runs;
  runs.run = judge;
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
