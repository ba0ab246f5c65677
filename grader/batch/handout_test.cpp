#include "batch/handout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/posix.hpp"
#include "rubric/rubric_loader.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRubric = R"(exercise: 1-tiny
title: Counter
submit: [counter.cpp]
points: 100
pass: 60  # in points
criteria:
  - {id: builds, points: 10, check: build}
  - id: counts
    points: 30
    check: test
    scenarios: [Counter.*]
  # The staff alone knows.
  - id: secret
    points: 40
    check: test
    visibility: never
    scenarios: [Counter.*, Secret.*]

  # After the due date.
  - {id: later, points: 20, check: race, visibility: after_due, scenarios: [Later.Races]}
# The end.
)";

Rubric parsed(const std::string& text) {
  RubricResult result = parse_rubric(text, "rubric.yaml", nullptr);
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&result)) {
    ADD_FAILURE() << to_text(*problems);
    return {};
  }
  return std::get<Rubric>(result);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST(HiddenParts, AreScenariosThatOnlyHiddenCriteriaName) {
  const HiddenParts hidden = hidden_parts(
      parsed(kRubric), {"Counter.Counts", "Secret.Counts", "Later.Races", "Unused.Runs"});
  EXPECT_THAT(hidden.criteria, testing::ElementsAre("secret", "later"));
  EXPECT_THAT(hidden.scenarios, testing::ElementsAre("Secret.Counts", "Later.Races"));
}

TEST(VisibleRubric, LosesHiddenCriteriaWithTheirCommentsAndTheirPoints) {
  const auto visible = visible_rubric(parsed(kRubric), kRubric);
  ASSERT_TRUE(visible.ok()) << visible.error().message;
  EXPECT_EQ(*visible, R"(exercise: 1-tiny
title: Counter
submit: [counter.cpp]
points: 40
pass: 40  # in points
criteria:
  - {id: builds, points: 10, check: build}
  - id: counts
    points: 30
    check: test
    scenarios: [Counter.*]

# The end.
)");
  EXPECT_EQ(parsed(*visible).criteria.size(), 2U);
}

TEST(VisibleRubric, IsTheSameTextWhenNothingIsHidden) {
  const std::string text = *visible_rubric(parsed(kRubric), kRubric);
  EXPECT_EQ(*visible_rubric(parsed(text), text), text);
}

TEST(VisibleRubric, IsRefusedWhenAVisibleCriterionRequiresAHiddenOne) {
  const std::string text =
      replaced(kRubric, "race, visibility: after_due,", "race, requires: [secret],");
  const auto visible = visible_rubric(parsed(text), text);
  ASSERT_FALSE(visible.ok());
  EXPECT_THAT(visible.error().message,
              testing::StartsWith("rubric.yaml:20: students see `later`, which requires the "
                                  "hidden `secret`"));
}

TEST(VisibleRubric, IsRefusedWhenAHiddenCriterionDoesNotStartItsLine) {
  const std::string text = replaced(kRubric, "  - {id: later", "  -\n    {id: later");
  const auto visible = visible_rubric(parsed(text), text);
  ASSERT_FALSE(visible.ok());
  EXPECT_THAT(visible.error().message, testing::HasSubstr("to hide `later`"));
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  ASSERT_TRUE(write_file_atomically(file, text).ok());
}

/// A course of the one exercise 1-tiny, whose scenarios hold `scenario`.
LoadedExercise course_at(const fs::path& root, const std::string& scenario) {
  for (const char* file :
       {"Makefile", "CMakeLists.txt", "CMakePresets.json", "README.md", "ci/CMakeLists.txt",
        "ci/build.sh", "ci/packages.txt", "ci/install_packages.sh", "bin/grader"}) {
    write(root / file, "");
  }
  fs::create_directories(root / "grader");
  fs::create_directories(root / "cmake");
  const fs::path exercise = root / "exercises/1-tiny";
  write(exercise / "rubric.yaml",
        "exercise: 1-tiny\ntitle: Counter\nsubmit: [counter.cpp]\npoints: 10\npass: 5\n"
        "criteria:\n  - {id: counts, points: 10, check: test, scenarios: [Counter.*]}\n");
  write(exercise / "counter.cpp", "");
  write(exercise / "scenarios/counter.cpp", scenario);
  RubricResult rubric = load_rubric(exercise / "rubric.yaml");
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&rubric)) {
    ADD_FAILURE() << to_text(*problems);
    return {};
  }
  return {{"1-tiny", exercise, {}, {exercise / "scenarios/counter.cpp"}},
          std::get<Rubric>(std::move(rubric))};
}

TEST(Handout, HasTheHeadersOfScenariosHoweverTheirNamesAreWritten) {
  std::string folder = (fs::temp_directory_path() / "handout-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const fs::path root = folder;
  const LoadedExercise tiny = course_at(root,
                                        "#include \"near.hpp\"\n"
                                        "#include \"scenarios/far.hpp\"\n"
                                        "TEST(Counter, Counts) {}\n");
  const fs::path scenarios = root / "exercises/1-tiny/scenarios";
  write(scenarios / "near.hpp", "#pragma once\n");
  write(scenarios / "far.hpp", "#pragma once\n#include \"scenarios/farther.hpp\"\n");
  write(scenarios / "farther.hpp", "#pragma once\n#include \"far.hpp\"\n");
  write(scenarios / "unused.hpp", "#pragma once\n");

  const auto written = write_handout(root, {tiny}, root / "handout");
  ASSERT_TRUE(written.ok()) << written.error().message;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(root / "handout/exercises/1-tiny/scenarios")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names,
              testing::UnorderedElementsAre("counter.cpp", "near.hpp", "far.hpp", "farther.hpp"));
  fs::remove_all(root);
}

}  // namespace
}  // namespace grader
