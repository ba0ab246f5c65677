#include "batch/grading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "batch/benchmarking.hpp"
#include "batch/exploration_plan.hpp"
#include "batch/shelter.hpp"
#include "build/build.hpp"
#include "check/check.hpp"
#include "explore/controlled_runner.hpp"
#include "explore/native_runner.hpp"
#include "score/score.hpp"
#include "workspace/prepare.hpp"

namespace grader {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t milliseconds_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

bool has_failed(const Observation& run) {
  return !run.findings.empty() || !run.closed || !run.passed;
}

BuildSettings build_settings(const Installation& installation, const Shelter& shelter,
                             const GradeOptions& options) {
  BuildSettings settings;
  settings.root = installation.root;
  settings.libraries = installation.libraries;
  settings.cache = installation.cache;
  settings.run = shelter.run;
  settings.isolation = shelter.isolation;
  settings.progress = options.progress;
  return settings;
}

/// A submission's way to the libsubmission.so that is graded.
class Building {
 public:
  Building(const Installation& installation, const LoadedExercise& exercise,
           const Submission& submission, const GradeOptions& options)
      : installation_(installation),
        exercise_(exercise),
        submission_(submission),
        options_(options),
        shelter_(make_shelter(installation, options.sandbox)) {}

  BuiltSubmission run() {
    const auto start = Clock::now();
    BuiltSubmission built;
    // The commands ask before they begin; whoever did not gets a withheld score.
    const Status sheltered = check_shelter(options_.sandbox);
    built.result = sheltered.ok() ? build_in(built.workspace)
                                  : BuildResult(BuildFailed{sheltered.error().message});
    built.build_ms = milliseconds_since(start);
    return built;
  }

 private:
  BuildResult build_in(PreparedWorkspace& workspace) {
    const BuildSettings settings = build_settings(installation_, shelter_, options_);
    const auto exercise = build_exercise(exercise_.exercise, settings);
    if (!exercise) return BuildFailed{exercise.error().message};
    auto prepared = prepare(submission_, exercise_.exercise, exercise_.rubric);
    if (!prepared) {
      if (prepared.error().kind == ErrorKind::invalid_submission) {
        return SubmissionRefused{prepared.error().message, {}};
      }
      return BuildFailed{prepared.error().message};
    }
    workspace = std::move(*prepared);
    if (options_.progress) options_.progress(exercise_.exercise.slug + ": compiling");
    return build(workspace.workspace, *exercise, exercise_.rubric, settings);
  }

  const Installation& installation_;
  const LoadedExercise& exercise_;
  const Submission& submission_;
  const GradeOptions& options_;
  const Shelter shelter_;
};

/// One grading of what was built, on its way through the other stages.
class Grading {
 public:
  Grading(const Installation& installation, const LoadedExercise& exercise,
          const Submission& submission, const BuiltSubmission& built, const GradeOptions& options)
      : installation_(installation),
        exercise_(exercise),
        submission_(submission),
        built_(built),
        options_(options),
        shelter_(make_shelter(installation, options.sandbox)) {
    timing_.build_ms = built.build_ms;
  }

  Grade run() {
    if (const auto* ready = std::get_if<Built>(&built_.result)) explore(*ready);
    return judge(built_.result);
  }

 private:
  void tell(const std::string& what) const {
    if (options_.progress) options_.progress(exercise_.exercise.slug + ": " + what);
  }

  void explore(const Built& built) {
    const auto start = Clock::now();
    const std::vector<RunPlan> plans = plan_runs(exercise_.rubric, built.scenarios, options_);
    Symbolizer symbolizer;
    SessionPool pool;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      tell(fmt::format(
          "{} of {} {}{}", i + 1, plans.size(), plans[i].scenario,
          plans[i].runtime == RuntimeKind::thread_sanitizer ? " (ThreadSanitizer)" : ""));
      std::vector<Observation> seen;
      if (plans[i].mode == ExploreMode::native) {
        seen = run_native(plans[i], built, symbolizer);
      } else {
        // The ThreadSanitizer runs repeat schedules of the search, so both go together.
        const bool races = i + 1 < plans.size() && plans[i + 1].scenario == plans[i].scenario &&
                           plans[i + 1].mode == ExploreMode::controlled;
        seen = run_under_control(plans[i], races ? plans[i + 1].schedules : 0, built, pool,
                                 symbolizer);
        if (races) ++i;
      }
      const bool failed = std::any_of(seen.begin(), seen.end(), has_failed);
      if (options_.observe) std::for_each(seen.begin(), seen.end(), options_.observe);
      std::move(seen.begin(), seen.end(), std::back_inserter(observations_));
      if (failed && options_.stop_at_first_failure) break;
    }
    timing_.explore_ms = milliseconds_since(start);
  }

  unsigned jobs() const {
    return options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  }

  std::vector<Observation> run_native(const RunPlan& plan, const Built& built,
                                      Symbolizer& symbolizer) const {
    NativeSettings settings;
    settings.libraries = installation_.libraries;
    settings.run = shelter_.run;
    settings.isolation = shelter_.isolation;
    settings.jobs = jobs();
    return run_natively(plan, built, built_.workspace.workspace, settings, symbolizer);
  }

  std::vector<Observation> run_under_control(const RunPlan& plan, std::uint64_t race_classes,
                                             const Built& built, SessionPool& pool,
                                             Symbolizer& symbolizer) const {
    ControlledSettings settings;
    settings.libraries = installation_.libraries;
    settings.jobs = jobs();
    settings.explain_failures = options_.explain_failures;
    settings.race_classes = race_classes;
    settings.mutation = options_.mutation;
    settings.enclose = shelter_.enclose;
    settings.target = {{"exercise", exercise_.exercise.slug}};
    if (!submission_.replay_name.empty()) {
      settings.target.emplace_back("submission", submission_.replay_name);
    }
    settings.stop_after_failures = std::none_of(
        exercise_.rubric.criteria.begin(), exercise_.rubric.criteria.end(),
        [](const Criterion& criterion) { return criterion.credit == Credit::per_schedule; });
    return run_controlled(plan, built, built_.workspace.workspace, settings, pool, symbolizer);
  }

  Grade judge(const BuildResult& built) {
    std::vector<Verdict> verdicts;
    const auto* ready = std::get_if<Built>(&built);
    Benchmarking benchmarking(installation_, exercise_, built_.workspace.workspace,
                              build_settings(installation_, shelter_, options_));
    std::set<std::string> passed;
    for (const Criterion& criterion : exercise_.rubric.criteria) {
      CheckInput input{built, observations_, exercise_.rubric.explore.mode, {}};
      const bool allowed = std::all_of(criterion.requires_.begin(), criterion.requires_.end(),
                                       [&](const std::string& id) { return passed.contains(id); });
      std::vector<BenchmarkMeasurement> measured;
      // What hangs or races is not worth the time: its points are lost by what it requires.
      if (ready != nullptr && allowed && is_benchmark(criterion)) {
        measured = benchmarking.measure(criterion, ready->scenarios);
        input.benchmarks = measured;
      }
      verdicts.push_back(check(criterion, input));
      if (allowed && verdicts.back().outcome == Outcome::pass) passed.insert(criterion.id);
      std::move(measured.begin(), measured.end(), std::back_inserter(timing_.benchmarks));
    }
    for (const Observation& run : observations_) timing_.cpu_ms += run.cpu_us / 1000;
    timing_.total_ms = timing_.build_ms + milliseconds_since(start_);
    ScoreContext context;
    context.submission = submission_.name;
    context.timing = timing_;
    return score(exercise_.rubric, built, verdicts, context);
  }

  const Installation& installation_;
  const LoadedExercise& exercise_;
  const Submission& submission_;
  const BuiltSubmission& built_;
  const GradeOptions& options_;
  const Shelter shelter_;
  const Clock::time_point start_ = Clock::now();
  std::vector<Observation> observations_;
  Timing timing_;
};

}  // namespace

Grade grade_submission(const Installation& installation, const LoadedExercise& exercise,
                       const Submission& submission, const GradeOptions& options) {
  const BuiltSubmission built = build_for_grading(installation, exercise, submission, options);
  return grade_built(installation, exercise, submission, built, options);
}

BuiltSubmission build_for_grading(const Installation& installation, const LoadedExercise& exercise,
                                  const Submission& submission, const GradeOptions& options) {
  return Building(installation, exercise, submission, options).run();
}

Grade grade_built(const Installation& installation, const LoadedExercise& exercise,
                  const Submission& submission, const BuiltSubmission& built,
                  const GradeOptions& options) {
  return Grading(installation, exercise, submission, built, options).run();
}

int exit_status(const Grade& grade) {
  if (grade.withheld) return 70;
  if (!grade.built) return 3;
  return grade.outcome == Outcome::pass ? 0 : 1;
}

}  // namespace grader
