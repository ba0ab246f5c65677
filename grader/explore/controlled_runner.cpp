#include "explore/controlled_runner.hpp"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "explore/portfolio.hpp"
#include "explore/scenario_observation.hpp"
#include "explore/thrift.hpp"

namespace grader {
namespace {

using protocol::StrategyKind;

constexpr std::uint64_t kFirstChunk = 4;  // runs between two looks at the failures; then it doubles
constexpr std::uint64_t kChunkMax = 64;
constexpr std::uint64_t kFailuresEnough = 3;
constexpr std::uint64_t kMinimiseRuns = 150;

/// Each further run of such a program would cost all the time, or memory, that it may take.
bool is_costly(const Observation& run) { return exceeds_a_limit(run); }

class ScenarioSearch {
 public:
  ScenarioSearch(const RunPlan& plan, const Built& built, const Workspace& workspace,
                 const ControlledSettings& settings, SessionPool& pool, Symbolizer& symbolizer)
      : plan_(plan),
        settings_(settings),
        pool_(pool),
        context_(plan, built, workspace, settings, symbolizer) {}

  std::vector<Observation> run() {
    if (Status status = search(); !status.ok()) return {context_.failed(status.error().message)};
    if (settings_.race_classes > 0 && !is_given_up()) {
      if (Status status = look_for_races(); !status.ok()) {
        observations_.push_back(context_.failed(status.error().message));
        observations_.back().runtime = RuntimeKind::thread_sanitizer;
      }
    }
    return std::move(observations_);
  }

 private:
  // No check passes over a run that exceeded a limit, and ThreadSanitizer needs many times as much.
  [[nodiscard]] bool is_given_up() const {
    return settings_.stop_after_failures &&
           std::any_of(observations_.begin(), observations_.end(), is_costly);
  }

  using Sessions = SessionPool::Sessions;

  ControlledRequest request_of(std::uint64_t k) const {
    std::optional<StrategyKind> strategy;
    const auto& strategies = plan_.settings.strategies;
    if (!strategies.empty()) strategy = strategies[k % strategies.size()];
    const PlannedRun planned = plan_run(strategy, plan_.settings.seed, k);
    ControlledRequest request;
    request.options = context_.options();
    request.options.strategy = planned.strategy;
    request.options.seed = planned.seed;
    request.options.depth = planned.depth;
    request.options.expected_steps = profile_.steps();
    if (planned.strategy == StrategyKind::surw) {
      request.profile = profile_.draw_interesting(planned.seed);
    }
    return request;
  }

  // One run on each free session until [from, to) is done; observations in order.
  Result<std::vector<Observation>> spread(
      Sessions& sessions, std::uint64_t from, std::uint64_t to,
      const std::function<Result<Observation>(ControlledSession&, std::uint64_t)>& look) {
    std::vector<Observation> seen(to - from);
    std::atomic<std::uint64_t> next = from;
    std::optional<Error> error;
    std::mutex mutex;
    const auto work = [&](ControlledSession& session) {
      for (std::uint64_t k = next++; k < to; k = next++) {
        Result<Observation> one = look(session, k);
        const std::lock_guard lock(mutex);
        if (one.ok()) {
          seen[k - from] = std::move(*one);
        } else if (!error) {
          error = one.error();
          next = to;
        }
      }
    };
    {
      std::vector<std::jthread> threads;
      for (std::size_t j = 1; j < sessions.size(); ++j)
        threads.emplace_back(work, std::ref(*sessions[j]));
      work(*sessions.front());
    }
    if (error) return *error;
    return seen;
  }

  Status search() {
    GRADER_TRY(sessions, pool_.lend(context_.program(RuntimeKind::plain), settings_.jobs));
    GRADER_CHECK(search_with(sessions));
    pool_.give_back(std::move(sessions));
    return success();
  }

  Status search_with(Sessions& sessions) {
    const auto profile_run = context_.look(*sessions.front(), request_of(0), 0);
    if (!profile_run.ok()) return profile_run.error();
    if (settings_.stop_after_failures && is_costly(*profile_run)) {
      observations_.push_back(*profile_run);
      return success();
    }
    profile_ = Profile(sessions.front()->decisions().decisions);
    std::uint64_t chunk = kFirstChunk;
    std::uint64_t failures = 0;
    while (observations_.size() < plan_.schedules) {
      const std::uint64_t from = observations_.size();
      const std::uint64_t to = std::min(plan_.schedules, from + std::min(chunk, kept_.room()));
      GRADER_TRY(seen,
                 spread(sessions, from, to, [this](ControlledSession& session, std::uint64_t k) {
                   return context_.look(session, request_of(k), k);
                 }));
      for (Observation& one : seen) {
        kept_.count(one);
        failures += ScenarioContext::failing(one) ? 1 : 0;
        if (is_costly(one)) failures = kFailuresEnough;
        observations_.push_back(std::move(one));
      }
      if (settings_.stop_after_failures && failures >= kFailuresEnough) break;
      chunk = std::min(chunk * 2, kChunkMax);
    }
    return simplify(*sessions.front());
  }

  // Examines the first failing run, and puts the simple form of its schedule in its place.
  Status simplify(ControlledSession& session) {
    if (!settings_.explain_failures) return success();
    for (Observation& one : observations_) {
      if (!ScenarioContext::failing(one)) continue;
      GRADER_CHECK(context_.explain(session, request_of(one.schedule), one, kMinimiseRuns));
      break;
    }
    return success();
  }

  // The first schedule of each order of synchronisation.
  std::vector<std::uint64_t> first_of_each_class() const {
    std::vector<std::uint64_t> fresh;
    std::set<std::uint64_t> classes;
    for (const Observation& one : observations_) {
      if (classes.insert(one.happens_before_hash).second) fresh.push_back(one.schedule);
    }
    return fresh;
  }

  // As many as the budget allows, from early and late ones alike: those found late are the rarer
  // orders, where a race hides that the usual order covers.
  std::vector<std::uint64_t> spread_evenly(const std::vector<std::uint64_t>& all) const {
    if (all.size() <= settings_.race_classes) return all;
    std::vector<std::uint64_t> some;
    for (std::uint64_t i = 0; i < settings_.race_classes; ++i) {
      some.push_back(all[i * all.size() / settings_.race_classes]);
    }
    return some;
  }

  Status look_for_races() {
    const std::vector<std::uint64_t> fresh = spread_evenly(first_of_each_class());
    const auto jobs = static_cast<unsigned>(std::min<std::size_t>(settings_.jobs, fresh.size()));
    GRADER_TRY(sessions, pool_.lend(context_.program(RuntimeKind::thread_sanitizer), jobs));
    for (std::uint64_t from = 0, to = 0; from < fresh.size(); from = to) {
      to = std::min<std::uint64_t>(fresh.size(), from + kept_.room());
      GRADER_TRY(seen, spread(sessions, from, to, [&](ControlledSession& session, std::uint64_t i) {
                   return context_.look(session, request_of(fresh[i]), fresh[i]);
                 }));
      for (Observation& one : seen) {
        kept_.count(one);
        observations_.push_back(std::move(one));
      }
    }
    pool_.give_back(std::move(sessions));
    return success();
  }

  const RunPlan& plan_;
  const ControlledSettings& settings_;
  SessionPool& pool_;
  ScenarioContext context_;
  Profile profile_;
  std::vector<Observation> observations_;
  KeptRuns kept_;
};

}  // namespace

std::vector<Observation> run_controlled(const RunPlan& plan, const Built& built,
                                        const Workspace& workspace,
                                        const ControlledSettings& settings, SessionPool& pool,
                                        Symbolizer& symbolizer) {
  return ScenarioSearch(plan, built, workspace, settings, pool, symbolizer).run();
}

}  // namespace grader
