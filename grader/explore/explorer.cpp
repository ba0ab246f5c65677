#include "explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "explore/dfs.hpp"
#include "explore/failure.hpp"
#include "explore/sanitizer_cost.hpp"
#include "explore/tsan_report.hpp"

namespace grader {
namespace {

using protocol::StrategyKind;

constexpr std::uint64_t kChunk = 256;       // schedules between two looks at the results
constexpr std::uint64_t kRepeatEvery = 64;  // one schedule in so many is run twice
constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

/// What is kept of each run.
struct Seen {
  FindingKind kind = FindingKind::none;  ///< the first finding's
  std::uint64_t happens_before = 0;
  std::uint64_t steps = 0;
  std::uint32_t threads = 0;
};

class Search {
 public:
  Search(const ExploreRequest& request, Symbolizer& symbolizer)
      : request_(request), symbolizer_(symbolizer) {}

  Result<Exploration> run() {
    GRADER_CHECK(start_sessions());
    const bool all = request_.strategy == StrategyKind::dfs;
    GRADER_CHECK(all ? search_all() : search_some());
    if (first_ != kNone) {
      ControlledSession& session = first_is_race_ ? *sanitized_.front() : *plain_.front();
      GRADER_TRY(failure,
                 examine_failure(session, request_of_first_, request_, first_kind_, symbolizer_));
      failure.schedule = first_;
      result_.first = std::move(failure);
    }
    result_.classes = classes_.size();
    return std::move(result_);
  }

 private:
  using Sessions = std::vector<std::unique_ptr<ControlledSession>>;

  // All from this thread: a session ends with the thread that started it.
  Status start_sessions() {
    const unsigned jobs = std::max(1U, request_.jobs);
    for (unsigned j = 0; j < jobs; ++j) {
      GRADER_TRY(session, ControlledSession::start(request_.program, core_of(j)));
      plain_.push_back(std::make_unique<ControlledSession>(std::move(session)));
    }
    if (!request_.race) return success();
    ControlledProgram program = request_.program;
    program.runtime = RuntimeKind::thread_sanitizer;
    program.cpu_timeout_ms *= kSanitizerTime;
    for (unsigned j = 0; j < jobs; ++j) {
      GRADER_TRY(session, ControlledSession::start(program, core_of(j)));
      sanitized_.push_back(std::make_unique<ControlledSession>(std::move(session)));
    }
    return success();
  }

  static int core_of(unsigned job) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    return static_cast<int>(job % cores);
  }

  [[nodiscard]] protocol::RunOptions common_options() const {
    protocol::RunOptions options;
    options.points = request_.points;
    options.delay_max_ns = request_.delay_max_ns;
    options.step_budget = request_.step_budget;
    return options;
  }

  // The k-th run: a function of the request and the profile alone.
  [[nodiscard]] ControlledRequest request_of(std::uint64_t k) const {
    const PlannedRun planned = plan_run(request_.strategy, request_.seed, k);
    ControlledRequest request;
    request.options = common_options();
    request.options.strategy = planned.strategy;
    request.options.seed = planned.seed;
    request.options.depth = planned.depth;
    request.options.expected_steps = profile_.steps();
    if (planned.strategy == StrategyKind::surw) {
      request.profile = profile_.draw_interesting(planned.seed);
    }
    return request;
  }

  Result<Seen> look(ControlledSession& session, const ControlledRequest& request) {
    GRADER_TRY(run, session.run(request));
    const std::string fatal = fatal_message(run.sanitizer_log);
    if (!fatal.empty()) return Error{ErrorKind::environment, fatal};
    Seen seen;
    seen.happens_before = run.happens_before_hash;
    seen.steps = run.steps;
    seen.threads = run.threads_max;
    if (run.sanitizer_log.empty()) {
      const std::vector<RuntimeFinding> findings = judge_run(run, request_.expect_exit);
      if (!findings.empty()) seen.kind = findings.front().finding.kind;
    } else {
      const std::lock_guard lock(symbolizing_);
      for (const RuntimeFinding& f : all_findings(run, request_, symbolizer_)) {
        if (seen.kind != FindingKind::data_race) seen.kind = f.finding.kind;
      }
    }
    return seen;
  }

  // One schedule; now and then twice, to see whether it is the same both times.
  Result<Seen> look_carefully(ControlledSession& session, std::uint64_t k) {
    const ControlledRequest request = request_of(k);
    GRADER_TRY(seen, look(session, request));
    if (k % kRepeatEvery != 1 || seen.kind != FindingKind::none) return seen;
    const std::uint64_t before = session.channel().channel().header().summary.trace_hash;
    GRADER_TRY(again, look(session, request));
    const std::uint64_t after = session.channel().channel().header().summary.trace_hash;
    if (before != after || again.kind != seen.kind) seen.kind = FindingKind::uncontrolled;
    return seen;
  }

  // Does `work(session, index)` for [0, count) on all sessions; results in order.
  template <typename Work>
  Result<std::vector<Seen>> spread(Sessions& sessions, std::uint64_t count, Work work) {
    std::vector<Seen> seen(count);
    std::atomic<std::uint64_t> next = 0;
    std::optional<Error> error;
    std::mutex mutex;
    const auto worker = [&](ControlledSession& session) {
      for (std::uint64_t i = next++; i < count; i = next++) {
        Result<Seen> one = work(session, i);
        if (one.ok()) {
          seen[i] = *one;
          continue;
        }
        const std::lock_guard lock(mutex);
        if (!error) error = one.error();
        next = count;
      }
    };
    std::vector<std::thread> threads;
    for (std::size_t j = 1; j < sessions.size() && j < count; ++j) {
      threads.emplace_back(worker, std::ref(*sessions[j]));
    }
    worker(*sessions.front());
    for (std::thread& thread : threads) thread.join();
    if (error) return *error;
    return seen;
  }

  Status take_profile() {
    ControlledRequest request = request_of(0);
    request.options.record_decisions = 1;
    const Result<Seen> seen = look(*plain_.front(), request);
    if (!seen.ok()) return seen.error();
    profile_ = Profile(plain_.front()->decisions().decisions);
    return success();
  }

  Status search_some() {
    GRADER_CHECK(take_profile());
    for (std::uint64_t done = 0; done < request_.schedules; done += kChunk) {
      const std::uint64_t count = std::min(kChunk, request_.schedules - done);
      GRADER_TRY(seen, spread(plain_, count, [&](ControlledSession& session, std::uint64_t i) {
                   return look_carefully(session, done + i);
                 }));
      GRADER_CHECK(take_chunk(done, seen));
      if (request_.progress) request_.progress(result_.schedules_run, result_.failures);
      if (request_.stop_on_first && first_ != kNone) break;
    }
    return success();
  }

  Status take_chunk(std::uint64_t done, const std::vector<Seen>& seen) {
    std::uint64_t count = seen.size();
    std::vector<std::uint64_t> fresh;  // schedules with a new order of synchronisation
    for (std::uint64_t i = 0; i < count; ++i) {
      if (classes_.insert(seen[i].happens_before).second) fresh.push_back(done + i);
      if (request_.stop_on_first && seen[i].kind != FindingKind::none) count = i + 1;
    }
    std::map<std::uint64_t, FindingKind> races;
    if (request_.race) {
      GRADER_TRY(again,
                 spread(sanitized_, fresh.size(), [&](ControlledSession& session, std::uint64_t i) {
                   return look(session, request_of(fresh[i]));
                 }));
      result_.race_runs += again.size();
      for (std::size_t i = 0; i < again.size(); ++i) {
        if (again[i].kind == FindingKind::data_race) races[fresh[i]] = again[i].kind;
      }
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      if (races.count(done + i) > 0) racing_.insert(seen[i].happens_before);
      const bool races_here = racing_.count(seen[i].happens_before) > 0;
      count_run(seen[i]);
      if (seen[i].kind == FindingKind::none && !races_here) continue;
      note_failure(done + i, seen[i].kind, request_of(done + i));
      if (request_.stop_on_first) break;
    }
    return success();
  }

  void count_run(const Seen& seen) {
    ++result_.schedules_run;
    result_.threads_max = std::max(result_.threads_max, seen.threads);
    result_.steps_max = std::max(result_.steps_max, seen.steps);
  }

  void note_failure(std::uint64_t k, FindingKind kind, const ControlledRequest& request) {
    ++result_.failures;
    if (first_ != kNone) return;
    first_ = k;
    first_is_race_ = kind == FindingKind::none;
    first_kind_ = first_is_race_ ? FindingKind::data_race : kind;
    request_of_first_ = request;
  }

  // Every schedule, one after the other: each run decides what the next one is.
  Status search_all() {
    DfsSearch search(DfsSearch::Reduction::partial_order);
    ControlledSession& session = *plain_.front();
    ControlledRequest request;
    request.options = common_options();
    request.options.strategy = StrategyKind::dfs;
    request.options.record_decisions = 1;
    request.options.spurious_wakeups = 0;
    while (search.completed() + search.redundant() < request_.schedules) {
      const std::optional<DfsRun> next = search.next();
      if (!next) {
        result_.exhausted = !search.truncated();
        break;
      }
      request.choices = next->choices;
      request.sleeping = next->sleeping;
      GRADER_TRY(run, session.run(request));
      const protocol::DecisionLog log = session.decisions();
      const std::uint64_t completed = search.completed();
      if (!search.learn(log)) {
        note_failure(completed, FindingKind::uncontrolled, request);
        break;
      }
      if (search.completed() == completed) continue;
      GRADER_CHECK(take_complete(request, run, log));
      if (request_.progress) request_.progress(result_.schedules_run, result_.failures);
      if (request_.stop_on_first && first_ != kNone) break;
    }
    result_.redundant = search.redundant();
    result_.bounds = fmt::format(
        "scheduling points at {}, no spurious wake-ups, a thread that yields lets the others go "
        "first, at most {} steps a run",
        protocol::to_text(request_.points), request_.step_budget);
    return success();
  }

  Status take_complete(const ControlledRequest& request, const ControlledRun& run,
                       const protocol::DecisionLog& log) {
    const std::uint64_t k = result_.schedules_run;
    Seen seen;
    seen.steps = run.steps;
    seen.threads = run.threads_max;
    const std::vector<RuntimeFinding> findings = judge_run(run, request_.expect_exit);
    if (!findings.empty()) seen.kind = findings.front().finding.kind;
    // To come back to it, the whole course is needed, not the sleep set of this moment.
    ControlledRequest again = request;
    again.options.strategy = StrategyKind::replay;
    again.sleeping.clear();
    again.choices.clear();
    for (const protocol::Decision& d : log.decisions) {
      if (!d.final() && d.candidates.size() > 1) {
        again.choices.push_back({d.head.taken, d.head.candidates});
      }
    }
    bool races = false;
    if (classes_.insert(run.happens_before_hash).second && request_.race) {
      GRADER_TRY(beneath, look(*sanitized_.front(), again));
      ++result_.race_runs;
      races = beneath.kind == FindingKind::data_race;
    }
    count_run(seen);
    if (seen.kind != FindingKind::none || races) note_failure(k, seen.kind, again);
    return success();
  }

  const ExploreRequest& request_;
  Symbolizer& symbolizer_;
  Sessions plain_;
  Sessions sanitized_;
  Profile profile_;
  Exploration result_;
  std::set<std::uint64_t> classes_;
  std::set<std::uint64_t> racing_;  ///< the classes in which ThreadSanitizer found a race
  std::mutex symbolizing_;
  std::uint64_t first_ = kNone;
  bool first_is_race_ = false;
  FindingKind first_kind_ = FindingKind::none;
  ControlledRequest request_of_first_;
};

}  // namespace

Result<Exploration> explore(const ExploreRequest& request, Symbolizer& symbolizer) {
  return Search(request, symbolizer).run();
}

}  // namespace grader
