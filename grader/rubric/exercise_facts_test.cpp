#include "rubric/exercise_facts.hpp"

namespace grader {
namespace {

using testing::ElementsAre;

TEST(ExerciseFacts, FindsTestsInTheOrderOfTheSource) {
  ExerciseFacts facts;
  scan_scenarios("TEST(A, One) {}\nTEST_F ( B ,\n  Two) {}\nTEST(A, DISABLED_Three) {}", facts);
  EXPECT_THAT(facts.scenarios, ElementsAre("A.One", "B.Two"));
}

TEST(ExerciseFacts, PassesOverCommentsAndTexts) {
  ExerciseFacts facts;
  scan_scenarios("// TEST(A, One)\n/* TEST(A, Two) */ \"TEST(A, Three)\" R\"x(TEST(A, Four))x\"",
                 facts);
  EXPECT_TRUE(facts.scenarios.empty());
}

TEST(ExerciseFacts, KeepsShortTextsAsPossibleMarks) {
  ExerciseFacts facts;
  scan_scenarios("trace::event(\"task.start\", {{\"task\", 1}}); char c = '\"';", facts);
  EXPECT_THAT(facts.literals, ElementsAre("task.start", "task"));
}

TEST(ExerciseFacts, EndsOnSourceThatIsCutShort) {
  for (const char* source : {"TEST(", "TEST(A,", "\"open", "R\"(open", "R\"", "/* open", "'\\"}) {
    ExerciseFacts facts;
    scan_scenarios(source, facts);
    EXPECT_TRUE(facts.scenarios.empty()) << source;
  }
}

}  // namespace
}  // namespace grader
