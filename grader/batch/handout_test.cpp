#include "batch/handout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rubric/rubric_loader.hpp"

namespace grader {
namespace {

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

}  // namespace
}  // namespace grader
