#include "model/rubric.hpp"

#include "model/event_name.hpp"

namespace grader {
namespace {

TEST(Glob, MatchesTheWholeName) {
  EXPECT_TRUE(glob_matches("Suite.*", "Suite.Name"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*.T?o", "Suite.Two"));
  EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(glob_matches("Suite", "Suite.Name"));
  EXPECT_FALSE(glob_matches("Suite.?", "Suite."));
  EXPECT_FALSE(glob_matches("a*b", "a-b-c"));
}

TEST(Glob, TakesNoLongerForManyStars) {
  const std::string glob(50, '*');
  EXPECT_FALSE(glob_matches(glob + "x", std::string(2000, 'a')));
}

TEST(Criterion, UsesEveryScenarioWhenItNamesNone) {
  Criterion criterion;
  EXPECT_TRUE(uses_scenario(criterion, "Any.Thing"));
  criterion.scenarios = {"A.*", "B.One"};
  EXPECT_TRUE(uses_scenario(criterion, "B.One"));
  EXPECT_FALSE(uses_scenario(criterion, "B.Two"));
}

TEST(EventName, IsOneForEachKindAndBack) {
  for (const std::string& name : event_names()) {
    const auto kind = event_kind(name);
    ASSERT_TRUE(kind.has_value()) << name;
    EXPECT_EQ(event_name(*kind), name);
  }
  EXPECT_EQ(event_name(protocol::EventKind::mark), nullptr);
  EXPECT_FALSE(event_kind("task.start").has_value());
}

}  // namespace
}  // namespace grader
