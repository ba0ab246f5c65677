#include "explore/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "explore/minimise.hpp"
#include "explore/tsan_report.hpp"

namespace grader {
namespace {

using protocol::Decision;
using protocol::StrategyKind;

constexpr int kReportsExitCode = 66;  // see thread_sanitizer_options

/// The examination of one failure: a few hundred runs of one session.
class Examination {
 public:
  Examination(ControlledSession& session, const ControlledRequest& request,
              const ExploreRequest& search, FindingKind kind, Symbolizer& symbolizer)
      : session_(session),
        request_(request),
        search_(search),
        kind_(kind),
        symbolizer_(symbolizer) {}

  Result<Failure> examine() {
    request_.options.record_decisions = 1;
    GRADER_TRY(first, session_.run(request_));
    if (!fails_alike(first)) return uncontrolled();
    // Of a run that never ends, each further one would cost its whole time.
    if (kind_ == FindingKind::timeout) return describe(first);
    std::vector<Decision> log = session_.decisions().decisions;
    if (search_.minimise_runs > 0) GRADER_CHECK(make_simple(log));
    ControlledRequest replay = following(StrategyKind::replay);
    replay.choices = protocol::expand_picks(to_picks(log));
    GRADER_TRY(run, session_.run(replay));
    if (!fails_alike(run)) return uncontrolled();
    return describe(run);
  }

 private:
  [[nodiscard]] ControlledRequest following(StrategyKind strategy) const {
    ControlledRequest request;
    request.options = request_.options;
    request.options.strategy = strategy;
    return request;
  }

  bool fails_alike(const ControlledRun& run) {
    const std::vector<RuntimeFinding> findings = all_findings(run, search_, symbolizer_);
    return std::any_of(findings.begin(), findings.end(),
                       [&](const RuntimeFinding& f) { return f.finding.kind == kind_; });
  }

  Status make_simple(std::vector<Decision>& log) {
    std::optional<Error> error;
    const TrySchedule attempt = [&](const std::vector<protocol::ScheduleBlock>& blocks)
        -> std::optional<std::vector<Decision>> {
      if (error) return std::nullopt;
      ControlledRequest request = following(StrategyKind::blocks);
      request.blocks = blocks;
      Result<ControlledRun> run = session_.run(request);
      if (!run.ok()) {
        error = run.error();
        return std::nullopt;
      }
      if (!fails_alike(*run)) return std::nullopt;
      return session_.decisions().decisions;
    };
    MinimisedSchedule simple = minimise(log, attempt, search_.minimise_runs);
    if (error) return *error;
    log = std::move(simple.log);
    return success();
  }

  Failure describe(const ControlledRun& run) {
    Failure failure;
    for (const RuntimeFinding& found : all_findings(run, search_, symbolizer_)) {
      if (found.finding.kind != kind_) continue;
      Finding finding = explain_finding(found, session_.channel().view(), symbolizer_);
      failure.message = std::move(finding.message);
      failure.locations = std::move(finding.locations);
      failure.step = found.step;
      break;
    }
    failure.kind = kind_;
    failure.decisions = session_.decisions().decisions;
    failure.preemptions = schedule_cost(failure.decisions).preemptions;
    failure.trace = session_.trace();
    for (const TraceEvent& event : failure.trace) add_place(failure, event.location);
    if (!failure.decisions.empty()) {
      for (const protocol::Candidate& c : failure.decisions.back().candidates) {
        add_place(failure, c.location);
      }
    }
    tell_failing_tries(failure);
    failure.stdout_text = run.stdout_text;
    failure.stderr_text = run.stderr_text;
    failure.replay = to_text(schedule_of(failure.decisions));
    return failure;
  }

  // A standard lock's try_lock may fail for nothing; who reads of a failure wants to know it did.
  static void tell_failing_tries(Failure& failure) {
    std::set<std::uint64_t> told;
    for (const Decision& decision : failure.decisions) {
      if (decision.final() || decision.head.taken >= decision.candidates.size()) continue;
      const protocol::Candidate& taken = decision.taken();
      if (taken.kind != protocol::CandidateKind::try_failure) continue;
      if (!told.insert(taken.location).second) continue;
      const auto place = failure.places.find(taken.location);
      if (place == failure.places.end() || place->second.line == 0) continue;
      failure.message += fmt::format("; the try-lock at {}:{} fails spuriously, as C++ allows",
                                     place->second.file, place->second.line);
    }
  }

  void add_place(Failure& failure, std::uint64_t location) {
    if (location == 0 || failure.places.count(location) > 0) return;
    failure.places[location] = place_of(location, session_.channel().view(), symbolizer_);
  }

  [[nodiscard]] protocol::Schedule schedule_of(const std::vector<Decision>& log) const {
    protocol::Schedule schedule;
    schedule.points = search_.points;
    schedule.delay_max_ns = search_.delay_max_ns;
    schedule.step_budget = search_.step_budget;
    // A scenario's bound is its rubric's, which a replay reads again.
    if (!search_.program.untrusted) schedule.alive_max = search_.program.alive_max;
    schedule.spurious_wakeups = request_.options.spurious_wakeups != 0;
    schedule.thread_sanitizer = session_.sanitized();
    schedule.picks = to_picks(log);
    schedule.target = search_.target;
    return schedule;
  }

  Failure uncontrolled() {
    Failure failure;
    failure.kind = FindingKind::uncontrolled;
    failure.message =
        std::string("a run of the same schedule did not show the ") + grader::to_text(kind_) +
        " again: the program depends on something that is not controlled (an address, a clock of "
        "its own, a file, another process)";
    return failure;
  }

  ControlledSession& session_;
  ControlledRequest request_;
  const ExploreRequest& search_;
  FindingKind kind_;
  Symbolizer& symbolizer_;
};

}  // namespace

std::vector<RuntimeFinding> all_findings(const ControlledRun& run, const ExploreRequest& search,
                                         Symbolizer& symbolizer) {
  const std::vector<RawReport> reports = parse_reports(run.sanitizer_log);
  ControlledRun judged = run;
  // ThreadSanitizer puts its own status in place of the program's once it has reported something.
  if (!reports.empty() && judged.termination == Termination(Exited{kReportsExitCode})) {
    judged.termination = Exited{search.expect_exit};
  }
  std::vector<RuntimeFinding> findings = judge_run(judged, search.expect_exit);
  const ReportSources sources{search.program.command.front(), search.program.command.front(), {}};
  for (Finding& finding : explain_reports(reports, sources, symbolizer)) {
    RuntimeFinding found;
    found.finding = std::move(finding);
    findings.push_back(std::move(found));
  }
  return findings;
}

Result<Failure> examine_failure(ControlledSession& session, const ControlledRequest& request,
                                const ExploreRequest& search, FindingKind kind,
                                Symbolizer& symbolizer) {
  return Examination(session, request, search, kind, symbolizer).examine();
}

}  // namespace grader
