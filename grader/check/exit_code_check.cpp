#include <algorithm>
#include <map>
#include <set>

#include "check/checks.hpp"
#include "check/judge_runs.hpp"
#include "check/process_table.hpp"

namespace grader {
namespace {

using SeenNames = std::map<std::string, std::set<std::string>>;  ///< by scenario

Finding exit_finding(const Observation& run, std::string message) {
  return finding_in(run, FindingKind::exit_code, std::move(message));
}

std::string end_text(const std::optional<ProcessEnd>& end) {
  if (!end) return "was not seen to end";
  if (end->signal != 0) return "was killed by " + signal_text(end->signal);
  return "exited with " + std::to_string(end->code);
}

enum class MustExist { no, in_this_scenario, in_some_scenario };

void judge_process(const ProcessExpectation& expected, const ProcessTable& table,
                   MustExist must_exist, const Observation& run, Judgement& judgement) {
  const ProcessEnd wanted{expected.exit_code, expected.signal};
  bool exists = false;
  for (const SeenProcess& process : table.processes()) {
    if (process.name != expected.process) continue;
    exists = true;
    if (process.end && process.end->signal == wanted.signal &&
        (wanted.signal != 0 || process.end->code == wanted.code)) {
      continue;
    }
    judgement.add(Outcome::fail,
                  exit_finding(run, "process `" + expected.process + "` " + end_text(process.end) +
                                        "; expected: " + end_text(wanted)));
  }
  if (exists || must_exist == MustExist::no) return;
  // Which of the scenarios ought to have started it, nobody said.
  const std::string where = must_exist == MustExist::in_some_scenario
                                ? " was ever started, in none of the scenarios asked for"
                                : " was started in this run";
  judgement.add(Outcome::fail, exit_finding(run, "no process `" + expected.process + "`" + where));
}

void judge_left_over(const ExitCodeCheck& check, const ProcessTable& table, const Observation& run,
                     Judgement& judgement) {
  const std::uint64_t zombies = std::max<std::uint64_t>(run.zombies, table.unreaped());
  if (check.zombies_max && zombies > *check.zombies_max) {
    Finding finding =
        finding_in(run, FindingKind::leak,
                   std::to_string(zombies) + (zombies == 1 ? " child was" : " children were") +
                       " never waited for (a zombie); at most " +
                       std::to_string(*check.zombies_max) + " may be left");
    judgement.add(Outcome::fail, std::move(finding));
  }
  if (check.orphans_max && run.orphans > *check.orphans_max) {
    judgement.add(Outcome::fail, finding_in(run, FindingKind::leak,
                                            std::to_string(run.orphans) +
                                                " process(es) outlived the program; at most " +
                                                std::to_string(*check.orphans_max) + " may"));
  }
  // Leaks of processes are counted above; other leaks are never asked for.
  if (zombies != 0 || run.orphans != 0) return;
  for (Finding& leak : findings_of(run, {FindingKind::leak})) {
    judgement.add(Outcome::fail, std::move(leak));
  }
}

void judge_signals(const ProcessTable& table, const Observation& run, Judgement& judgement) {
  for (const std::string& name : table.killed_without_warning()) {
    const std::string who = name.empty() ? "a process" : "process `" + name + "`";
    judgement.add(Outcome::fail,
                  exit_finding(run, who + " was sent SIGKILL and no SIGTERM before: it had no "
                                          "chance to end by itself"));
  }
}

Judgement judge(const ExitCodeCheck& check, const SeenNames& seen, const Observation& run) {
  Judgement judgement;
  const ProcessTable table(run.trace);
  for (const ProcessExpectation& expected : check.processes) {
    const auto scenarios = seen.find(expected.process);
    const MustExist must_exist = scenarios == seen.end() ? MustExist::in_some_scenario
                                 : scenarios->second.count(run.scenario) != 0
                                     ? MustExist::in_this_scenario
                                     : MustExist::no;
    judge_process(expected, table, must_exist, run, judgement);
  }
  judge_left_over(check, table, run, judgement);
  const int code = std::get<Exited>(run.termination).code;
  if (check.program_exit_code && code != *check.program_exit_code) {
    judgement.add(Outcome::fail,
                  exit_finding(run, "the program exited with " + std::to_string(code) +
                                        "; expected: " + std::to_string(*check.program_exit_code)));
  }
  if (check.alive_max && table.alive_max() > *check.alive_max) {
    judgement.add(Outcome::fail,
                  exit_finding(run, std::to_string(table.alive_max()) +
                                        " children were alive at once; at most " +
                                        std::to_string(*check.alive_max) + " may be"));
  }
  if (check.terminated_before_killed) judge_signals(table, run, judgement);
  if (check.reaped_before_reported) {
    for (const std::string& name : reported_before_reaped(run.trace)) {
      judgement.add(Outcome::fail,
                    exit_finding(run, (name.empty() ? "a process" : "process `" + name + "`") +
                                          " was reported before it was waited for: its exit code "
                                          "was not known yet"));
    }
  }
  return judgement;
}

SeenNames names_seen(const std::vector<const Observation*>& runs) {
  SeenNames seen;
  for (const Observation* run : runs) {
    const ProcessTable table(run->trace);
    for (const SeenProcess& process : table.processes()) {
      seen[process.name].insert(run->scenario);
    }
  }
  return seen;
}

}  // namespace

Verdict check_exit_code(const Criterion& criterion, const ExitCodeCheck& check,
                        const CheckInput& input) {
  const SeenNames seen = names_seen(runs_of(criterion, input));
  RunsJudge runs;
  runs.run = [&](const Observation& run) { return judge(check, seen, run); };
  return judge_runs(criterion, input, runs);
}

}  // namespace grader
