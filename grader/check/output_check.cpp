#include <algorithm>
#include <regex>

#include "check/checks.hpp"
#include "check/judge_runs.hpp"

namespace grader {
namespace {

constexpr std::size_t kShownBytesMax = 160;
/// What expressions may be asked about: their matcher takes time for each byte, and for each pair
/// of bytes of a line at worst. A run that prints more fails rather than be judged in part.
constexpr std::size_t kLineBytesMax = 1024;
constexpr std::size_t kMatchedBytesMax = 64 * 1024;

struct Expression {
  std::string text;
  std::regex compiled;
};

/// The criterion's expressions, compiled once. The polynomial matcher has no back-references, and
/// neither runs out of stack nor takes exponential time, whatever a submission prints.
struct Expressions {
  std::vector<Expression> in_order;
  std::vector<Expression> never;
  std::string problem;  ///< why one cannot be used

  explicit Expressions(const OutputCheck& check) {
    compile(check.lines_in_order, in_order);
    compile(check.never, never);
  }
  void compile(const std::vector<std::string>& texts, std::vector<Expression>& into) {
    for (const std::string& text : texts) {
      try {
        into.push_back(
            {text, std::regex(text, std::regex::ECMAScript | std::regex_constants::__polynomial)});
      } catch (const std::regex_error& error) {
        problem = "the expression \"" + text + "\" cannot be used: " + error.what();
      }
    }
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string without_last_newline(const std::string& text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

/// The text on one line, in quotes, the middle left out when it is long.
std::string shown(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? std::string("\\n") : std::string(1, c);
  if (line.size() > kShownBytesMax) line = line.substr(0, kShownBytesMax) + "…";
  return "\"" + line + "\"";
}

/// "line 3 has "x" where "y" is expected": the first line in which the texts differ.
std::string first_difference(const std::string& got, const std::string& wanted) {
  const std::vector<std::string> a = lines_of(got);
  const std::vector<std::string> b = lines_of(wanted);
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  const std::string there = i < a.size() ? shown(a[i]) : "nothing";
  const std::string expected = i < b.size() ? shown(b[i]) : "nothing more";
  return "line " + std::to_string(i + 1) + " is " + there + ", expected: " + expected;
}

void judge_whole(const OutputCheck& check, const Observation& run, Judgement& judgement) {
  if (check.equals_any_of.empty()) return;
  const std::string got = without_last_newline(run.stdout_text);
  for (const std::string& wanted : check.equals_any_of) {
    if (got == without_last_newline(wanted)) return;
  }
  Finding finding = finding_in(
      run, FindingKind::assertion,
      "the output is not as expected: " + first_difference(got, check.equals_any_of.front()));
  finding.details.push_back("printed:  " + shown(got));
  for (const std::string& wanted : check.equals_any_of) {
    finding.details.push_back("expected: " + shown(wanted));
  }
  judgement.add(Outcome::fail, std::move(finding));
}

/// Whether the output is too long for expressions; then it has failed.
bool judge_length(const Expressions& expressions, const Observation& run, Judgement& judgement) {
  if (expressions.in_order.empty() && expressions.never.empty()) return false;
  const std::vector<std::string> lines = lines_of(run.stdout_text);
  const bool line_too_long = std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.size() > kLineBytesMax;
  });
  if (!line_too_long && run.stdout_text.size() <= kMatchedBytesMax) return false;
  judgement.add(Outcome::fail,
                finding_in(run, FindingKind::assertion,
                           "the output is far longer than asked for: " +
                               std::to_string(run.stdout_text.size()) + " bytes; lines may have " +
                               std::to_string(kLineBytesMax) + " bytes, and all together " +
                               std::to_string(kMatchedBytesMax)));
  return true;
}

void judge_lines(const Expressions& expressions, const Observation& run, Judgement& judgement) {
  const std::vector<std::string> lines = lines_of(run.stdout_text);
  std::size_t at = 0;
  std::string last;
  for (const Expression& expression : expressions.in_order) {
    while (at < lines.size() && !std::regex_search(lines[at], expression.compiled)) ++at;
    if (at == lines.size()) {
      Finding finding = finding_in(run, FindingKind::assertion,
                                   "no line of the output has `" + expression.text + "`" +
                                       (last.empty() ? "" : " after the one with `" + last + "`"));
      finding.details.push_back("printed:  " + shown(run.stdout_text));
      judgement.add(Outcome::fail, std::move(finding));
      return;
    }
    last = expression.text;
    ++at;
  }
}

void judge_never(const Expressions& expressions, const Observation& run, Judgement& judgement) {
  const std::vector<std::string> lines = lines_of(run.stdout_text);
  for (const Expression& expression : expressions.never) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!std::regex_search(lines[i], expression.compiled)) continue;
      judgement.add(Outcome::fail, finding_in(run, FindingKind::assertion,
                                              "line " + std::to_string(i + 1) + " of the output, " +
                                                  shown(lines[i]) + ", has `" + expression.text +
                                                  "`, which it never must"));
      break;
    }
  }
}

}  // namespace

Verdict check_output(const Criterion& criterion, const OutputCheck& check,
                     const CheckInput& input) {
  const Expressions expressions(check);
  if (!expressions.problem.empty()) {
    Verdict verdict;
    verdict.criterion = criterion.id;
    verdict.outcome = Outcome::error;
    verdict.summary = expressions.problem;
    return verdict;
  }
  RunsJudge runs;
  runs.run = [&](const Observation& run) {
    Judgement judgement;
    judge_whole(check, run, judgement);
    if (judge_length(expressions, run, judgement)) return judgement;
    judge_lines(expressions, run, judgement);
    judge_never(expressions, run, judgement);
    return judgement;
  };
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
