#include "batch/expectation.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

namespace grader {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ExpectationTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "expectation.XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    fs::create_directories(root_ / "exercises/1-x");
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content;
  }
  Result<std::vector<Variant>> find() { return find_variants(root_, root_ / "exercises/1-x"); }

  fs::path root_;
};

Grade grade_with(std::vector<std::pair<std::string, Outcome>> outcomes) {
  Grade grade;
  grade.built = true;
  for (auto& [id, outcome] : outcomes) {
    GradedCriterion criterion;
    criterion.id = id;
    criterion.points_max = 10;
    criterion.verdict.outcome = outcome;
    criterion.points = outcome == Outcome::pass ? 10 : 0;
    grade.points += criterion.points;
    grade.points_max += 10;
    grade.criteria.push_back(criterion);
  }
  return grade;
}

Variant faulty(std::vector<std::string> fails) {
  return Variant{VariantKind::faulty, "faulty/x", "x", std::move(fails), false};
}

TEST_F(ExpectationTest, FindsReferenceStubAndVariantsInOrderOfName) {
  write("fixtures/submissions/1-x/correct/b/x.cpp", "");
  write("fixtures/submissions/1-x/correct/a/x.cpp", "");
  write("fixtures/submissions/1-x/faulty/f/expected.yaml", "fails: [race]\nnative: rare\nwhy: x\n");
  const auto variants = find();
  ASSERT_TRUE(variants.ok());
  std::vector<std::string> names;
  for (const Variant& variant : *variants) names.push_back(variant.name);
  EXPECT_THAT(names,
              ElementsAre("solutions/1-x", "exercises/1-x", "correct/a", "correct/b", "faulty/f"));
  EXPECT_THAT(variants->back().fails, ElementsAre("race"));
  EXPECT_TRUE(variants->back().rare_natively);
}

TEST_F(ExpectationTest, RefusesAFaultyVariantThatDoesNotSayWhatFails) {
  fs::create_directories(root_ / "fixtures/submissions/1-x/faulty/f");
  const auto variants = find();
  ASSERT_FALSE(variants.ok());
  EXPECT_THAT(variants.error().message, HasSubstr("expected.yaml: missing"));
}

TEST_F(ExpectationTest, RefusesAnUnknownKeyWithItsLine) {
  write("fixtures/submissions/1-x/faulty/f/expected.yaml", "why: x\nfail: [race]\n");
  const auto variants = find();
  ASSERT_FALSE(variants.ok());
  EXPECT_THAT(variants.error().message, HasSubstr("expected.yaml:2:1: unknown key `fail`"));
}

TEST(Disagreements, AcceptAFaultyVariantThatFailsExactlyWhatItShould) {
  const Grade grade =
      grade_with({{"a", Outcome::pass}, {"b", Outcome::fail}, {"c", Outcome::skipped}});
  EXPECT_THAT(disagreements(faulty({"b"}), grade), IsEmpty());
}

TEST(Disagreements, NameACriterionThatShouldHaveFailed) {
  const Grade grade = grade_with({{"a", Outcome::pass}});
  EXPECT_THAT(disagreements(faulty({"a"}), grade), ElementsAre(HasSubstr("a should fail")));
}

TEST(Disagreements, NameACriterionThatShouldNotHaveFailed) {
  const Grade grade = grade_with({{"a", Outcome::fail}, {"b", Outcome::inconclusive}});
  EXPECT_THAT(disagreements(faulty({"a"}), grade), ElementsAre(HasSubstr("b should not fail")));
}

TEST(Disagreements, NameACriterionThatTheRubricDoesNotHave) {
  const Grade grade = grade_with({{"a", Outcome::pass}});
  EXPECT_THAT(disagreements(faulty({"zzz"}), grade), ElementsAre(HasSubstr("`zzz`")));
}

TEST(Disagreements, RefuseASkippedCriterionInACorrectVariant) {
  const Grade grade = grade_with({{"a", Outcome::pass}, {"b", Outcome::skipped}});
  const Variant correct{VariantKind::correct, "correct/x", "x", {}, false};
  EXPECT_THAT(disagreements(correct, grade), ElementsAre(HasSubstr("b should pass")));
}

TEST(Disagreements, RefuseAStubThatEarnsTooMuch) {
  const Grade grade = grade_with({{"a", Outcome::pass}, {"b", Outcome::pass}});
  const Variant stub{VariantKind::stub, "exercises/x", "x", {}, false};
  EXPECT_THAT(disagreements(stub, grade), ElementsAre(HasSubstr("20 points")));
}

TEST(Disagreements, RefuseAWithheldGradeWhateverItShows) {
  Grade grade = grade_with({{"a", Outcome::fail}});
  grade.withheld = true;
  grade.problem = "no sandbox";
  EXPECT_THAT(disagreements(faulty({"a"}), grade), ElementsAre(HasSubstr("no sandbox")));
}

}  // namespace
}  // namespace grader
