#include "check/judge_runs.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace grader {
namespace {

constexpr std::size_t kFindingsMax = 20;
constexpr std::size_t kSummaryBytesMax = 240;

/// The runs of one scenario, and what came of them.
struct ScenarioTally {
  ScenarioRuns runs;
  std::uint64_t passed = 0;
  Judgement judgement;
};

/// What makes two findings the same defect: the places where they are known, else what is said,
/// without the numbers in it (times, thread ids).
std::string defect_key(const Finding& finding) {
  std::string key = to_text(finding.kind);
  for (const SourceLocation& location : finding.locations) {
    key += '|' + location.file + ':' + std::to_string(location.line);
  }
  if (!finding.locations.empty() && finding.kind != FindingKind::assertion) return key;
  key += '|' + finding.scenario + '|';
  for (const char c : finding.message) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) key += c;
  }
  return key;
}

std::vector<Finding> distinct(std::vector<Finding> findings) {
  std::set<std::string> seen;
  std::vector<Finding> kept;
  for (Finding& finding : findings) {
    if (kept.size() == kFindingsMax) break;
    if (seen.insert(defect_key(finding)).second) kept.push_back(std::move(finding));
  }
  return kept;
}

std::string count_text(std::uint64_t count, const std::string& noun) {
  const std::size_t space = std::min(noun.find(' '), noun.size());
  const std::string plural = noun.substr(0, space) + "s" + noun.substr(space);
  return std::to_string(count) + " " + (count == 1 ? noun : plural);
}

std::string cut(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kSummaryBytesMax) return text;
  std::size_t end = kSummaryBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

/// What holds for every check, and then what this one asks.
Judgement judge_run(const Observation& run, const RunsJudge& judge) {
  Judgement judgement;
  if (std::holds_alternative<SandboxFailed>(run.termination)) {
    judgement.add(Outcome::error, why_unsound(run).front());
    return judgement;
  }
  const std::vector<Finding> beyond =
      findings_of(run, {FindingKind::unsupported_call, FindingKind::uncontrolled});
  const std::vector<Finding> unsound = why_unsound(run);
  if (unsound.empty()) {
    judgement = judge.run(run);
    for (const Finding& finding : beyond) judgement.add(Outcome::inconclusive, finding);
    return judgement;
  }
  // A run that used what the runtime does not control may have gone wrong for that alone: it still
  // earns nothing, but is not called the student's failure.
  const bool tampered = std::any_of(unsound.begin(), unsound.end(), [](const Finding& finding) {
    return finding.kind == FindingKind::tampering;
  });
  const Outcome outcome = beyond.empty() || tampered ? Outcome::fail : Outcome::inconclusive;
  for (const Finding& finding : beyond) judgement.add(Outcome::inconclusive, finding);
  for (const Finding& finding : unsound) judgement.add(outcome, finding);
  return judgement;
}

void judge_scenario(ScenarioTally& tally, const RunsJudge& judge) {
  for (const Observation* run : tally.runs) {
    Judgement judgement = judge_run(*run, judge);
    if (judgement.outcome == Outcome::pass) ++tally.passed;
    tally.judgement.outcome = merge(tally.judgement.outcome, judgement.outcome);
    std::move(judgement.findings.begin(), judgement.findings.end(),
              std::back_inserter(tally.judgement.findings));
  }
  if (!judge.scenario) return;
  Judgement over_all = judge.scenario(tally.runs);
  if (over_all.outcome == Outcome::pass) return;
  tally.passed = 0;
  tally.judgement.outcome = merge(tally.judgement.outcome, over_all.outcome);
  std::move(over_all.findings.begin(), over_all.findings.end(),
            std::back_inserter(tally.judgement.findings));
}

/// The scenarios that the criterion uses: of the exercise's, and of what was run.
std::map<std::string, ScenarioTally> tallies_of(const Criterion& criterion, const CheckInput& input,
                                                const RunsJudge& judge,
                                                std::vector<std::string>& order) {
  std::map<std::string, ScenarioTally> tallies;
  const auto add = [&](const std::string& scenario) -> ScenarioTally& {
    const auto [place, is_new] = tallies.try_emplace(scenario);
    if (is_new) order.push_back(scenario);
    return place->second;
  };
  if (const auto* built = std::get_if<Built>(&input.build)) {
    for (const std::string& scenario : built->scenarios) {
      if (uses_scenario(criterion, scenario)) add(scenario);
    }
  }
  for (const Observation* run : runs_of(criterion, input)) {
    ScenarioTally& tally = add(run->scenario);
    if (!judge.applies || judge.applies(*run)) tally.runs.push_back(run);
  }
  return tallies;
}

struct Sum {
  std::uint64_t runs = 0;
  std::uint64_t runs_passed = 0;
  std::uint64_t scenarios = 0;
  std::uint64_t scenarios_passed = 0;
};

double earned(const Verdict& verdict, Credit credit, const Sum& sum) {
  if (verdict.outcome == Outcome::pass) return 1;
  if (verdict.outcome == Outcome::error) return 0;
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
  };
  switch (credit) {
    case Credit::all:
      return 0;
    case Credit::per_scenario:
      return share(sum.scenarios_passed, sum.scenarios);
    case Credit::per_schedule:
      return share(sum.runs_passed, sum.runs);
  }
  return 0;
}

std::string summarise(const Verdict& verdict, const Sum& sum, const std::string& runs_name) {
  if (verdict.outcome == Outcome::pass) {
    return "held in " + count_text(sum.runs, runs_name) + " of " +
           count_text(sum.scenarios, "scenario");
  }
  const std::string first = verdict.findings.empty() ? "failed" : verdict.findings.front().message;
  return cut(first) + " (" + std::to_string(sum.runs - sum.runs_passed) + " of " +
         count_text(sum.runs, runs_name) + ")";
}

Verdict never_run(Verdict verdict, const std::string& what) {
  verdict.outcome = Outcome::error;
  verdict.earned = 0;
  verdict.summary = what;
  return verdict;
}

}  // namespace

std::vector<const Observation*> runs_of(const Criterion& criterion, const CheckInput& input) {
  const ExploreMode mode = criterion.mode.value_or(input.default_mode);
  std::vector<const Observation*> runs;
  for (const Observation& run : input.observations) {
    if (run.mode == mode && uses_scenario(criterion, run.scenario)) runs.push_back(&run);
  }
  return runs;
}

Verdict judge_runs(const Criterion& criterion, const CheckInput& input, const RunsJudge& judge) {
  Verdict verdict;
  verdict.criterion = criterion.id;
  verdict.outcome = Outcome::pass;
  std::vector<std::string> order;
  auto tallies = tallies_of(criterion, input, judge, order);
  if (order.empty()) return never_run(verdict, "the criterion has no scenario that was run");
  Sum sum;
  std::vector<Finding> findings;
  for (const std::string& scenario : order) {
    ScenarioTally& tally = tallies[scenario];
    if (tally.runs.empty()) {
      return never_run(verdict, "there is no " + judge.runs_name + " of scenario " + scenario);
    }
    judge_scenario(tally, judge);
    verdict.outcome = merge(verdict.outcome, tally.judgement.outcome);
    sum.runs += tally.runs.size();
    sum.runs_passed += tally.passed;
    ++sum.scenarios;
    if (tally.judgement.outcome == Outcome::pass) ++sum.scenarios_passed;
    std::move(tally.judgement.findings.begin(), tally.judgement.findings.end(),
              std::back_inserter(findings));
  }
  verdict.runs = sum.runs;
  verdict.findings = distinct(std::move(findings));
  verdict.earned = earned(verdict, criterion.credit, sum);
  verdict.summary = summarise(verdict, sum, judge.runs_name);
  return verdict;
}

}  // namespace grader
