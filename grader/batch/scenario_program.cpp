#include "batch/scenario_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "batch/grading.hpp"
#include "batch/shelter.hpp"
#include "build/build.hpp"
#include "explore/scenario_observation.hpp"
#include "workspace/exercises.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using Target = std::vector<std::pair<std::string, std::string>>;

std::string member(const Target& target, const std::string& key) {
  for (const auto& [name, value] : target) {
    if (name == key) return value;
  }
  return {};
}

Error does_not_build(const std::vector<Diagnostic>& diagnostics) {
  std::string message = "the submission does not build";
  for (const Diagnostic& d : diagnostics) {
    message += fmt::format("\n{}:{}: {}", d.location.file, d.location.line, d.message);
  }
  return Error{ErrorKind::invalid_submission, message};
}

Result<Built> take_built(BuildResult result) {
  if (auto* built = std::get_if<Built>(&result)) return std::move(*built);
  if (const auto* broken = std::get_if<DoesNotBuild>(&result)) {
    return does_not_build(broken->diagnostics);
  }
  if (const auto* refused = std::get_if<SubmissionRefused>(&result)) {
    return Error{ErrorKind::invalid_submission, refused->reason};
  }
  return Error{ErrorKind::internal, std::get<BuildFailed>(result).reason};
}

Submission submission_of(const Target& target, const fs::path& given, const Exercise& exercise) {
  const std::string named = member(target, "submission");
  const fs::path directory = !given.empty() ? given : fs::path(named);
  if (directory.empty()) return Submission{"working copy", exercise.directory, ""};
  return submission_in(directory, exercise);
}

}  // namespace

Result<ScenarioProgram> build_scenario(const fs::path& root, const Target& target,
                                       const fs::path& submission, RuntimeKind runtime) {
  GRADER_TRY(installation, find_installation(root));
  GRADER_TRY(exercises, load_exercises(installation, {member(target, "exercise")}));
  const LoadedExercise& loaded = exercises.front();
  BuildSettings settings;
  settings.root = installation.root;
  settings.libraries = installation.libraries;
  settings.cache = installation.cache;
  const Shelter shelter = make_shelter(installation, SandboxMode::automatic);
  settings.run = shelter.run;
  settings.isolation = shelter.isolation;
  GRADER_TRY(exercise, build_exercise(loaded.exercise, settings));
  const std::string scenario = member(target, "scenario");
  if (std::find(exercise.scenarios.begin(), exercise.scenarios.end(), scenario) ==
      exercise.scenarios.end()) {
    return Error{ErrorKind::usage,
                 fmt::format("{} has no scenario \"{}\"", loaded.exercise.slug, scenario)};
  }
  ScenarioProgram result;
  const Submission found = submission_of(target, submission, loaded.exercise);
  GRADER_TRY(prepared, prepare(found, loaded.exercise, loaded.rubric));
  result.workspace = std::move(prepared);
  GRADER_TRY(built,
             take_built(build(result.workspace.workspace, exercise, loaded.rubric, settings)));
  result.program = scenario_program(built, result.workspace.workspace, loaded.rubric.limits,
                                    installation.libraries, shelter.enclose, runtime);
  result.program.command = {built.program.string(), scenario};
  return result;
}

}  // namespace grader
