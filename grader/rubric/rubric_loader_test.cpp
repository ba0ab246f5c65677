#include "rubric/rubric_loader.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/posix.hpp"
#include "rubric/keys.hpp"
#include "rubric/yaml_tree.hpp"

namespace grader {
namespace {

const std::filesystem::path kSource = GRADER_SOURCE_DIR;
const std::filesystem::path kFixtures = kSource / "fixtures" / "rubrics" / "0-sample";

std::vector<std::filesystem::path> fixtures(const std::string& prefix) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kFixtures)) {
    if (entry.path().filename().string().starts_with(prefix)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<RubricProblem> problems_of(const RubricResult& result) {
  const auto* problems = std::get_if<std::vector<RubricProblem>>(&result);
  return problems == nullptr ? std::vector<RubricProblem>{} : *problems;
}

/// Messages with the fixture's name alone, so that they are the same everywhere.
std::string messages_of_bad_fixtures() {
  std::string all;
  for (const auto& path : fixtures("bad-")) {
    std::vector<RubricProblem> problems = problems_of(load_rubric(path));
    for (RubricProblem& problem : problems) problem.file = path.filename().string();
    all += to_text(problems) + "\n";
  }
  return all;
}

std::string in_exercise(const std::string& criteria) {
  return "exercise: e\ntitle: t\nsubmit: [a.cpp]\npoints: 10\npass: 5\ncriteria:\n" + criteria;
}

RubricProblem only_problem(const std::string& text) {
  const std::vector<RubricProblem> problems = problems_of(parse_rubric(text, "r", nullptr));
  EXPECT_EQ(problems.size(), 1U) << to_text(problems);
  return problems.empty() ? RubricProblem{} : problems.front();
}

TEST(RubricLoader, RefusesEveryBadFixture) {
  const auto paths = fixtures("bad-");
  EXPECT_GE(paths.size(), 20U);
  for (const auto& path : paths) EXPECT_FALSE(problems_of(load_rubric(path)).empty()) << path;
}

TEST(RubricLoader, TellsTheProblemsOfBadFixturesAsTheGoldenFileSays) {
  const std::filesystem::path golden = kSource / "fixtures" / "golden" / "rubric_messages.txt";
  const std::string messages = messages_of_bad_fixtures();
  if (std::getenv("GRADER_APPROVE") != nullptr) {
    ASSERT_TRUE(write_file_atomically(golden, messages).ok());
  }
  const Result<std::string> expected = read_file(golden);
  ASSERT_TRUE(expected.ok()) << expected.error().message;
  EXPECT_EQ(messages, *expected) << "if this is meant: GRADER_APPROVE=1 rewrites the golden file";
}

TEST(RubricLoader, AcceptsEveryGoodFixture) {
  const auto paths = fixtures("good-");
  EXPECT_GE(paths.size(), 2U);
  for (const auto& path : paths) {
    EXPECT_EQ(to_text(problems_of(load_rubric(path))), "") << path;
  }
}

TEST(RubricLoader, ReadsEveryMemberOfTheCompleteRubric) {
  const RubricResult result = load_rubric(kFixtures / "good-complete.yaml");
  const auto* rubric = std::get_if<Rubric>(&result);
  ASSERT_NE(rubric, nullptr);
  EXPECT_EQ(rubric->exercise, "0-sample");
  EXPECT_EQ(rubric->duration_ms, 3'600'000);
  EXPECT_EQ(rubric->pass, 59.5);
  EXPECT_EQ(rubric->limits.memory_bytes, 512LL << 20);
  EXPECT_EQ(rubric->explore.mode, ExploreMode::controlled);
  EXPECT_EQ(rubric->explore.delay_max_ns, protocol::kDelayUnlimited);
  EXPECT_EQ(rubric->explore.strategies.size(), 6U);
  EXPECT_EQ(rubric->explore.points, protocol::Points::atomics);
  ASSERT_TRUE(rubric->late.has_value());
  EXPECT_EQ(rubric->late->floor_percent, 50);
  ASSERT_EQ(rubric->criteria.size(), 10U);
  EXPECT_EQ(std::get<BuildCheck>(rubric->criteria[0].check).warnings_max, 0U);
  EXPECT_EQ(rubric->criteria[0].cap, 0);
  EXPECT_EQ(rubric->criteria[2].credit, Credit::per_schedule);
  EXPECT_EQ(rubric->criteria[3].visibility, Visibility::after_due);
  EXPECT_TRUE(rubric->criteria[8].bonus);
}

TEST(RubricLoader, ReadsPatternsWithTheirSelectors) {
  const RubricResult result = load_rubric(kFixtures / "good-complete.yaml");
  const auto* rubric = std::get_if<Rubric>(&result);
  ASSERT_NE(rubric, nullptr);
  const auto& ordering = std::get<OrderingCheck>(rubric->criteria[4].check);
  ASSERT_EQ(ordering.always.size(), 8U);
  EXPECT_EQ(ordering.always[3].by, "task");
  EXPECT_EQ(ordering.always[5].each, "task");
  EXPECT_EQ(ordering.always[6].count_max, 3U);
  ASSERT_EQ(ordering.sometimes.size(), 1U);
  EXPECT_EQ(ordering.sometimes[0].count_min, 3U);
  const EventSelector expected{"task.start", {{"task", "1"}}};
  EXPECT_EQ(ordering.sometimes[0].from, expected);
}

TEST(RubricLoader, ReadsExitCodesAndSignals) {
  const RubricResult result = load_rubric(kFixtures / "good-complete.yaml");
  const auto* rubric = std::get_if<Rubric>(&result);
  ASSERT_NE(rubric, nullptr);
  const auto& check = std::get<ExitCodeCheck>(rubric->criteria[6].check);
  ASSERT_EQ(check.processes.size(), 2U);
  EXPECT_EQ(check.processes[0].exit_code, 3);
  EXPECT_EQ(check.processes[1].signal, 15);
  EXPECT_EQ(check.alive_max, 3U);
  EXPECT_TRUE(check.terminated_before_killed);
}

TEST(RubricLoader, TakesTheDefaultsOfDesignForWhatIsNotSaid) {
  const RubricResult result = load_rubric(kFixtures / "good-minimal.yaml");
  const auto* rubric = std::get_if<Rubric>(&result);
  ASSERT_NE(rubric, nullptr);
  EXPECT_EQ(rubric->limits.cpu_ms, 20'000);
  EXPECT_EQ(rubric->explore.seed, 1U);
  EXPECT_EQ(rubric->explore.delay_max_ns, 500'000'000);
  EXPECT_FALSE(rubric->criteria[1].mode.has_value());
}

TEST(RubricLoader, PointsAtTheDuplicateKeyAndTheFirstOne) {
  const RubricProblem problem =
      only_problem(in_exercise("  - {id: a, points: 10, check: test, points: 10}\n"));
  EXPECT_EQ(problem.line, 7);
  EXPECT_EQ(problem.column, 38);
  EXPECT_NE(problem.message.find("twice"), std::string::npos);
}

TEST(RubricLoader, SuggestsTheNearestKey) {
  const RubricProblem problem =
      only_problem(in_exercise("  - {id: a, points: 10, check: test, scenarois: [A.B]}\n"));
  EXPECT_NE(problem.message.find("\"scenarios\""), std::string::npos);
}

TEST(RubricLoader, AddsHundredthsExactly) {
  const std::string thirds = in_exercise(
      "  - {id: a, points: 3.33, check: test}\n  - {id: b, points: 3.33, check: test}\n"
      "  - {id: c, points: 3.34, check: test}\n");
  EXPECT_TRUE(problems_of(parse_rubric(thirds, "r", nullptr)).empty());
}

TEST(RubricLoader, RefusesAFileThatIsTooLong) {
  const std::string text = "#" + std::string(kYamlBytesMax, 'x');
  const std::vector<RubricProblem> problems = problems_of(parse_rubric(text, "r", nullptr));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("at most"), std::string::npos);
}

TEST(RubricLoader, TellsOfAFileThatIsNotThere) {
  const auto problems = problems_of(load_rubric(kFixtures / "no-such.yaml"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("No such file"), std::string::npos);
}

/// Any prefix, and any text with one byte changed, is read or refused; it never crashes.
TEST(RubricLoader, SurvivesCutAndChangedRubrics) {
  const Result<std::string> text = read_file(kFixtures / "good-complete.yaml");
  ASSERT_TRUE(text.ok());
  std::size_t refused = 0;
  for (std::size_t at = 0; at < text->size(); at += 7) {
    refused += problems_of(parse_rubric(text->substr(0, at), "r", nullptr)).empty() ? 0 : 1;
    for (const char byte : {'{', ':', '\n', '\0', '\xff', '&', '*', ']', '"'}) {
      std::string changed = *text;
      changed[at] = byte;
      refused += problems_of(parse_rubric(changed, "r", nullptr)).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, text->size() / 7);
}

TEST(RubricFormat, ExplainsEveryWordThatTheLoaderAccepts) {
  const Result<std::string> page = read_file(kSource / "grader" / "docs" / "rubric_format.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  for (const std::string& word : all_rubric_words()) {
    EXPECT_NE(page->find("`" + word + "`"), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace grader
