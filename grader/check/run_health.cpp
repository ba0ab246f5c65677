#include <csignal>

#include "check/judge_runs.hpp"

namespace grader {
namespace {

/// A sentence on how a run went wrong, with the kind that it is reported as.
struct Diagnosis {
  FindingKind kind;
  std::string message;
};

std::string advice_for(int signal) {
  switch (signal) {
    case SIGABRT:
      return ": an exception that nobody caught, a thread neither joined nor detached, or abort()";
    case SIGSEGV:
    case SIGBUS:
      return ": it used memory that is not its own, or no longer";
    case SIGPIPE:
      return ": it wrote to a pipe that nobody reads";
    case SIGFPE:
      return ": it divided by zero";
    default:
      return "";
  }
}

Diagnosis diagnose_limit(const LimitExceeded& end) {
  if (end.limit == "wall") {
    return {FindingKind::timeout,
            "the run did not end in time: a wait that nobody ends, or an endless loop"};
  }
  if (end.limit == "cpu") {
    return {FindingKind::timeout,
            "the run used up its CPU time: an endless loop, or far too much work"};
  }
  return {FindingKind::timeout, "the run exceeded its " + end.limit + " limit"};
}

struct Diagnose {
  bool closed;

  Diagnosis operator()(const Exited& end) const {
    return {end.code == 0 ? FindingKind::tampering : FindingKind::crash,
            "the program left with status " + std::to_string(end.code) +
                " before the scenario was over; does something call exit?"};
  }
  Diagnosis operator()(const Signalled& end) const {
    return {FindingKind::crash, "the program " + to_text(Termination(end)) +
                                    (closed ? " after the scenario had ended" : "") +
                                    advice_for(end.signal)};
  }
  Diagnosis operator()(const Deadlocked&) const {
    return {FindingKind::deadlock, "deadlock: every thread waits for another, nobody can go on"};
  }
  Diagnosis operator()(const Livelocked&) const {
    return {FindingKind::livelock, "the threads go round for ever without getting on"};
  }
  Diagnosis operator()(const LimitExceeded& end) const { return diagnose_limit(end); }
  Diagnosis operator()(const SandboxFailed& end) const {
    return {FindingKind::none, "the grader could not run this: " + end.reason};
  }
};

}  // namespace

Finding finding_in(const Observation& run, FindingKind kind, std::string message) {
  Finding finding;
  finding.kind = kind;
  finding.scenario = run.scenario;
  finding.schedule = run.schedule;
  finding.replay = run.replay;
  finding.message = std::move(message);
  return finding;
}

std::vector<Finding> findings_of(const Observation& run, std::initializer_list<FindingKind> kinds) {
  std::vector<Finding> found;
  for (const Finding& finding : run.findings) {
    for (FindingKind kind : kinds) {
      if (finding.kind != kind) continue;
      found.push_back(finding);
      found.back().scenario = run.scenario;
      found.back().schedule = run.schedule;
      if (found.back().replay.empty()) found.back().replay = run.replay;
    }
  }
  return found;
}

std::vector<Finding> why_unsound(const Observation& run) {
  const bool ended_well = std::holds_alternative<Exited>(run.termination) && run.closed;
  std::vector<Finding> told =
      findings_of(run, {FindingKind::tampering, FindingKind::deadlock, FindingKind::lost_wakeup,
                        FindingKind::livelock, FindingKind::crash, FindingKind::timeout});
  if (ended_well) {
    // Whatever was found of these kinds, only tampering spoils a run that ended well; the rest is
    // for the checks that ask for it.
    std::erase_if(told, [](const Finding& f) { return f.kind != FindingKind::tampering; });
    return told;
  }
  // Status 0 in the middle of a scenario looks like success and is none: never a mere crash.
  if (run.termination == Termination(Exited{0})) {
    std::erase_if(told, [](const Finding& f) { return f.kind == FindingKind::crash; });
  }
  if (told.empty()) {
    const Diagnosis diagnosis = std::visit(Diagnose{run.closed}, run.termination);
    told.push_back(finding_in(run, diagnosis.kind, diagnosis.message));
  }
  return told;
}

}  // namespace grader
