#include "batch/grading.hpp"
#include "rubric/rubric_loader.hpp"
#include "workspace/exercises.hpp"

namespace grader {
namespace {

Result<LoadedExercise> load_one(const Exercise& exercise) {
  RubricResult loaded = load_rubric(exercise.directory / "rubric.yaml");
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&loaded)) {
    return Error{ErrorKind::invalid_rubric,
                 "the rubric of " + exercise.slug + " is invalid:\n" + to_text(*problems)};
  }
  return LoadedExercise{exercise, std::get<Rubric>(std::move(loaded))};
}

}  // namespace

Result<std::vector<LoadedExercise>> load_exercises(const Installation& installation,
                                                   const std::vector<std::string>& names) {
  std::vector<Exercise> selected;
  for (const std::string& name : names) {
    GRADER_TRY(exercise, find_exercise(installation.root, name));
    selected.push_back(exercise);
  }
  if (names.empty()) {
    GRADER_TRY(all, find_exercises(installation.root));
    selected = std::move(all);
  }
  std::vector<LoadedExercise> loaded;
  for (const Exercise& exercise : selected) {
    GRADER_TRY(one, load_one(exercise));
    loaded.push_back(std::move(one));
  }
  return loaded;
}

}  // namespace grader
