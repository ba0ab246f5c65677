#include "batch/benchmarking.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/posix.hpp"
#include "build/build.hpp"
#include "build/cache.hpp"
#include "build/content_hash.hpp"
#include "explore/benchmark_runner.hpp"
#include "rubric/exercise_facts.hpp"
#include "workspace/prepare.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

std::string first_message(const DoesNotBuild& failed) {
  if (failed.diagnostics.empty()) return "";
  const Diagnostic& first = failed.diagnostics.front();
  return fmt::format(": {}:{}: {}", first.location.file, first.location.line, first.message);
}

/// What a build that gave no library says of whose files were built.
std::string why_not_built(const BuildResult& result) {
  if (const auto* failed = std::get_if<BuildFailed>(&result)) return failed->reason;
  if (const auto* refused = std::get_if<SubmissionRefused>(&result)) return refused->reason;
  return "it does not build with optimisation" + first_message(std::get<DoesNotBuild>(result));
}

BenchmarkMeasurement failed(const std::string& reason) {
  BenchmarkMeasurement problem;
  problem.failure = reason;
  return problem;
}

Status keep_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (!error) return success();
  return errno_error(fmt::format("copying {} to {}", from.string(), to.string()), error.value());
}

}  // namespace

bool is_benchmark(const Criterion& criterion) {
  const auto* speed = std::get_if<SpeedCheck>(&criterion.check);
  return speed != nullptr && speed->form == SpeedCheck::Form::benchmark;
}

LoadedExercise without_benchmarks(LoadedExercise exercise) {
  std::vector<Criterion>& criteria = exercise.rubric.criteria;
  for (const Criterion& left_out : criteria) {
    if (!is_benchmark(left_out)) continue;
    if (!left_out.bonus) exercise.rubric.points -= left_out.points;
    for (Criterion& other : criteria) std::erase(other.requires_, left_out.id);
  }
  std::erase_if(criteria, is_benchmark);
  return exercise;
}

fs::path reference_directory(const Installation& installation, const Exercise& exercise) {
  return installation.root / "solutions" / exercise.slug;
}

Benchmarking::Benchmarking(const Installation& installation, const LoadedExercise& exercise,
                           const Workspace& workspace, const BuildSettings& settings)
    : installation_(installation),
      exercise_(exercise),
      workspace_(workspace),
      settings_(settings) {}

std::vector<BenchmarkMeasurement> Benchmarking::measure(const Criterion& criterion,
                                                        const std::vector<std::string>& scenarios) {
  std::vector<BenchmarkMeasurement> measured;
  for (const std::string& scenario : scenarios) {
    if (!uses_scenario(criterion, scenario)) continue;
    measured.push_back(sides().problem);
    measured.back().scenario = scenario;
    if (sides().program.empty()) continue;
    BenchmarkPlan plan;
    plan.scenario = scenario;
    plan.program = sides().program;
    plan.submission = sides().submission;
    plan.reference = sides().reference;
    plan.directory = workspace_.root / "benchmarks";
    plan.ratio_max = std::get<SpeedCheck>(criterion.check).ratio_max;
    plan.limits = exercise_.rubric.limits;
    measured.back() = run_benchmark(plan, {settings_.run, settings_.isolation});
  }
  return measured;
}

const Benchmarking::Sides& Benchmarking::sides() {
  if (!sides_) sides_ = build_sides();
  return *sides_;
}

Benchmarking::Sides Benchmarking::build_sides() const {
  Sides sides;
  const fs::path solution = reference_directory(installation_, exercise_.exercise);
  std::error_code error;
  if (!fs::exists(solution, error)) {
    sides.problem.withheld =
        "it is measured against the course's own solution, which is not here: these points are "
        "given by the course's grading";
    return sides;
  }
  if (settings_.progress) settings_.progress(exercise_.exercise.slug + ": measuring its speed");
  const auto judged = build_exercise(exercise_.exercise, settings_);
  const auto part = measured_part();
  if (!judged.ok() || !part.ok()) {
    return {{}, {}, {}, failed(judged.ok() ? part.error().message : judged.error().message)};
  }
  const auto side = build_benchmarks(*part, *judged, settings_);
  if (!side.ok()) return {{}, {}, {}, failed(side.error().message)};
  const auto reference = build_reference(*side);
  if (!reference.ok()) return {{}, {}, {}, failed(reference.error().message)};
  sides.reference = *reference;
  fs::create_directories(workspace_.root / "benchmarks", error);
  if (error) return {{}, {}, {}, failed("making a folder for benchmarks: " + error.message())};
  build_submission(*side, sides);
  return sides;
}

/// The exercise with those of its scenario files that are measured.
Result<Exercise> Benchmarking::measured_part() const {
  Exercise part = exercise_.exercise;
  part.scenarios.clear();
  for (const fs::path& file : exercise_.exercise.scenarios) {
    GRADER_TRY(source, read_file(file));
    ExerciseFacts facts;
    scan_scenarios(source, facts);
    const auto is_measured = [&](const std::string& scenario) {
      const std::vector<Criterion>& all = exercise_.rubric.criteria;
      return std::any_of(all.begin(), all.end(), [&](const Criterion& criterion) {
        return is_benchmark(criterion) && uses_scenario(criterion, scenario);
      });
    };
    if (std::any_of(facts.scenarios.begin(), facts.scenarios.end(), is_measured)) {
      part.scenarios.push_back(file);
    }
  }
  return part;
}

Result<fs::path> Benchmarking::build_reference(const ExerciseBuild& side) const {
  const fs::path solution = reference_directory(installation_, exercise_.exercise);
  ContentHash hash;
  hash.add("side", side.program.parent_path().filename().string());
  for (const std::string& name : exercise_.rubric.submit) {
    GRADER_CHECK(hash.add_file(solution / name));
  }
  const std::string key = exercise_.exercise.slug + "-reference-" + hash.text();
  GRADER_TRY(
      directory, cached_directory(settings_.cache, key, [&](const fs::path& made) -> Status {
        const Submission submission{"reference", solution};
        GRADER_TRY(prepared, prepare(submission, exercise_.exercise, exercise_.rubric));
        const BuildResult result = build(prepared.workspace, side, exercise_.rubric, settings_);
        if (const auto* built = std::get_if<Built>(&result)) {
          return keep_copy(built->library, made / built->library.filename());
        }
        return Error{ErrorKind::invalid_rubric, "the reference solution: " + why_not_built(result)};
      }));
  return directory / "libsubmission.so";
}

void Benchmarking::build_submission(const ExerciseBuild& side, Sides& sides) const {
  const BuildResult result = build(workspace_, side, exercise_.rubric, settings_);
  if (const auto* built = std::get_if<Built>(&result)) {
    sides.submission = built->library;
    sides.program = built->program;
  } else if (std::holds_alternative<BuildFailed>(result)) {
    sides.problem.failure = why_not_built(result);
  } else {
    sides.problem.ended = why_not_built(result);
  }
}

}  // namespace grader
