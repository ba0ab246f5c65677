#pragma once

#include <functional>
#include <string>
#include <vector>

#include "check/check.hpp"

namespace grader {

/// What one run, or all runs of one scenario, say about a criterion.
struct Judgement {
  Outcome outcome = Outcome::pass;
  std::vector<Finding> findings;

  void add(Outcome worse, Finding finding) {
    outcome = merge(outcome, worse);
    findings.push_back(std::move(finding));
  }
};

using ScenarioRuns = std::vector<const Observation*>;

/// How a check judges runs. judge_runs has dealt with what holds for every check before `run` is
/// asked: it sees only runs that ended well and have a closing record.
struct RunsJudge {
  std::function<bool(const Observation&)> applies;  ///< empty: every run counts
  std::string runs_name = "run";                    ///< "run under ThreadSanitizer": for messages
  std::function<Judgement(const Observation&)> run;
  std::function<Judgement(const ScenarioRuns&)> scenario;  ///< empty: nothing asked over all runs
};

/// Judges every run of the criterion's scenarios, and sums up by its credit rule.
/// Verifies for every check: each scenario was run at least once (else error); no run failed for
/// the grader's own reasons (else error); every run ended by itself with the closing record (else
/// fail), without tampering (fail) or calls and nondeterminism out of control (inconclusive).
Verdict judge_runs(const Criterion& criterion, const CheckInput& input, const RunsJudge& judge);

/// The runs among the observations that a criterion is judged by: its scenarios, its mode.
std::vector<const Observation*> runs_of(const Criterion& criterion, const CheckInput& input);

/// A finding about `run`, with its scenario, schedule and replay filled in.
Finding finding_in(const Observation& run, FindingKind kind, std::string message);

/// The findings of `run` that are of one of `kinds`.
std::vector<Finding> findings_of(const Observation& run, std::initializer_list<FindingKind> kinds);

/// Why the run proves nothing about any criterion but that it failed: it crashed, hung, hit a limit
/// or left before its closing record. Empty when it ended well.
std::vector<Finding> why_unsound(const Observation& run);

}  // namespace grader
