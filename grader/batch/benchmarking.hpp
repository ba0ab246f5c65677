#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "batch/grading.hpp"
#include "build/build_settings.hpp"
#include "build/exercise_build.hpp"
#include "model/benchmark.hpp"

namespace grader {

/// Whether a criterion is judged by measurements, not by runs under control.
bool is_benchmark(const Criterion& criterion);

/// The exercise without what is_benchmark: its other criteria and their points.
LoadedExercise without_benchmarks(LoadedExercise exercise);

/// The folder of the reference that a submission of `exercise` is measured against; students do
/// not get it.
std::filesystem::path reference_directory(const Installation& installation,
                                          const Exercise& exercise);

/// The measurements of one submission's criteria. What they need is built when the first is asked
/// for: the reference and the exercise's side once and for all, the submission's files without
/// instrumentation.
class Benchmarking {
 public:
  /// The first three outlive this object.
  Benchmarking(const Installation& installation, const LoadedExercise& exercise,
               const Workspace& workspace, const BuildSettings& settings);

  /// One for each of `scenarios` that the criterion looks at.
  std::vector<BenchmarkMeasurement> measure(const Criterion& criterion,
                                            const std::vector<std::string>& scenarios);

 private:
  /// What is measured, or why nothing can be.
  struct Sides {
    std::filesystem::path program;
    std::filesystem::path submission;
    std::filesystem::path reference;
    BenchmarkMeasurement problem;
  };

  const Sides& sides();
  [[nodiscard]] Sides build_sides() const;
  [[nodiscard]] Result<Exercise> measured_part() const;
  [[nodiscard]] Result<std::filesystem::path> build_reference(const ExerciseBuild& side) const;
  void build_submission(const ExerciseBuild& side, Sides& sides) const;

  const Installation& installation_;
  const LoadedExercise& exercise_;
  const Workspace& workspace_;
  const BuildSettings settings_;
  std::optional<Sides> sides_;
};

}  // namespace grader
