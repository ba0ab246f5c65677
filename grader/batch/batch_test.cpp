#include "batch/batch.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "base/posix.hpp"
#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

using testing_support::TemporaryDirectory;

/// A batch of candidates c00, c01, … whose grade is decided by the test.
class Batch : public testing::Test {
 protected:
  BatchPlan plan(std::size_t count) {
    BatchPlan plan;
    plan.rubric.exercise = "1-threads";
    plan.output = directory_.path();
    plan.jobs = 2;
    for (std::size_t i = count; i-- > 0;) {
      const std::string name = "c" + std::to_string(i / 10) + std::to_string(i % 10);
      plan.candidates.push_back({name, name, "/nowhere/" + name, ""});
    }
    plan.key = [](const Candidate& candidate) { return Result<std::string>("k" + candidate.name); };
    plan.grade = [this](const Candidate& candidate) { return grade(candidate); };
    plan.rescore = [](const Grade& grade) { return grade; };
    plan.report = [](const Grade& grade) { return "report of " + grade.submission; };
    plan.interrupted = [this] { return interrupted_.load(); };
    plan.done = [](const Grade&, bool) {};
    return plan;
  }

  Grade grade(const Candidate& candidate) {
    ++graded_;
    Grade grade;
    grade.built = true;
    grade.points = static_cast<double>(std::hash<std::string>{}(candidate.name) % 100);
    return grade;
  }

  Result<BatchResult> run(const BatchPlan& plan) {
    GRADER_TRY(journal, Journal::open(directory_.path() / "grades.db"));
    return run_batch_plan(plan, journal);
  }

  std::string csv() { return *read_file(directory_.path() / "grades.csv"); }

  TemporaryDirectory directory_;
  std::atomic<int> graded_{0};
  std::atomic<bool> interrupted_{false};
};

TEST_F(Batch, GradesEachAndWritesAReportEach) {
  const Result<BatchResult> result = run(plan(5));
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->graded, 5U);
  ASSERT_EQ(result->rows.size(), 5U);
  EXPECT_EQ(result->rows[0].name, "c00") << "sorted, whatever the order of the candidates";
  EXPECT_EQ(*read_file(directory_.path() / "reports/c03.json"), "report of c03");
  EXPECT_FALSE(result->interrupted);
}

TEST_F(Batch, SkipsWhatIsDoneAndEndsWithTheSameGradebook) {
  ASSERT_TRUE(run(plan(5)).ok());
  const std::string before = csv();
  const Result<BatchResult> again = run(plan(5));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->reused, 5U);
  EXPECT_EQ(again->graded, 0U);
  EXPECT_EQ(graded_, 5);
  EXPECT_EQ(csv(), before);
}

TEST_F(Batch, GradesIdenticalSubmissionsOnce) {
  BatchPlan same = plan(4);
  same.key = [](const Candidate&) { return Result<std::string>("the same"); };
  const Result<BatchResult> result = run(same);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(graded_, 1);
  ASSERT_EQ(result->rows.size(), 4U);
  EXPECT_EQ(result->rows[2].grade.submission, "c02") << "each keeps its own name";
  EXPECT_EQ(*read_file(directory_.path() / "reports/c02.json"), "report of c02");
}

TEST_F(Batch, ABadCandidateStopsNobody) {
  BatchPlan bad = plan(3);
  bad.candidates[1].problem = "the archive is damaged";
  const Result<BatchResult> result = run(bad);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rows.size(), 3U);
  EXPECT_EQ(graded_, 2);
  EXPECT_EQ(result->rows[1].grade.problem, "the archive is damaged");
  EXPECT_FALSE(result->rows[1].grade.withheld);
}

TEST_F(Batch, AWithheldGradeIsTriedAgain) {
  BatchPlan failing = plan(2);
  failing.grade = [](const Candidate&) {
    Grade grade;
    grade.withheld = true;
    return grade;
  };
  ASSERT_TRUE(run(failing).ok());
  EXPECT_NE(csv().find("withheld"), std::string::npos);
  const Result<BatchResult> again = run(plan(2));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->graded, 2U);
  EXPECT_EQ(csv().find("withheld"), std::string::npos);
}

TEST_F(Batch, WithoutAKeyTheSubmissionIsStillGraded) {
  BatchPlan keyless = plan(2);
  keyless.key = [](const Candidate&) {
    return Result<std::string>(Error{ErrorKind::invalid_submission, "a folder in its place"});
  };
  ASSERT_TRUE(run(keyless).ok());
  EXPECT_EQ(graded_, 2);
}

TEST_F(Batch, AnInterruptionSavesWhatIsDoneAndTheRestFollows) {
  BatchPlan first = plan(6);
  first.jobs = 1;
  first.done = [this](const Grade& grade, bool) { interrupted_ = grade.submission == "c03"; };
  const Result<BatchResult> partial = run(first);
  ASSERT_TRUE(partial.ok());
  EXPECT_TRUE(partial->interrupted);
  EXPECT_EQ(partial->rows.size(), 3U);
  interrupted_ = false;
  const Result<BatchResult> rest = run(plan(6));
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->rows.size(), 6U);
  EXPECT_EQ(rest->graded, 3U);
}

TEST_F(Batch, AnInterruptionBeforeAnythingNewKeepsTheOldRows) {
  ASSERT_TRUE(run(plan(3)).ok());
  interrupted_ = true;
  const Result<BatchResult> result = run(plan(5));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rows.size(), 3U);
  EXPECT_TRUE(result->interrupted);
}

TEST_F(Batch, AGradeCutShortByTheInterruptionIsNotKept) {
  BatchPlan cut = plan(1);
  cut.grade = [this](const Candidate&) {
    interrupted_ = true;
    Grade grade;
    grade.withheld = true;
    return grade;
  };
  const Result<BatchResult> result = run(cut);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->rows.empty());
}

TEST_F(Batch, ScoresKeptGradesAnew) {
  ASSERT_TRUE(run(plan(2)).ok());
  BatchPlan doubled = plan(2);
  doubled.rescore = [](Grade grade) {
    grade.points = 77;
    return grade;
  };
  const Result<BatchResult> result = run(doubled);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->rows[0].grade.points, 77);
  EXPECT_EQ(graded_, 2) << "without grading again";
}

TEST_F(Batch, AdjustmentsSurviveARegrade) {
  {
    Result<Journal> journal = Journal::open(directory_.path() / "grades.db");
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(journal->adjust({"c01", 1.25, 0, "bob", "2026-01-01T00:00:00Z", "why not"}).ok());
  }
  ASSERT_TRUE(run(plan(2)).ok());
  BatchPlan changed = plan(2);
  changed.key = [](const Candidate& candidate) {
    return Result<std::string>("new" + candidate.name);
  };
  const Result<BatchResult> result = run(changed);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->graded, 2U);
  ASSERT_EQ(result->rows[1].adjustments.size(), 1U);
  EXPECT_TRUE(result->rows[0].adjustments.empty());
}

TEST_F(Batch, KilledAtRandomMomentsItEndsWithTheGradebookOfOneLeftAlone) {
  constexpr std::size_t kCandidates = 60;
  std::mt19937 random(20260101);
  int killed = 0;
  for (int round = 0; round < 10; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(run(plan(kCandidates)).ok() ? 0 : 1);
    ::usleep(static_cast<useconds_t>(random() % 40'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
      ++killed;
    else
      EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  ASSERT_TRUE(run(plan(kCandidates)).ok());
  const std::string resumed = csv();
  std::set<std::string> reports;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "reports")) {
    reports.insert(entry.path().filename());
  }
  EXPECT_EQ(reports.size(), kCandidates) << "nothing torn is left between them";

  const TemporaryDirectory other;
  BatchPlan alone = plan(kCandidates);
  alone.output = other.path();
  Result<Journal> journal = Journal::open(other.path() / "grades.db");
  ASSERT_TRUE(journal.ok());
  ASSERT_TRUE(run_batch_plan(alone, *journal).ok());
  EXPECT_EQ(resumed, *read_file(other.path() / "grades.csv"));
  RecordProperty("killed", killed);
}

}  // namespace
}  // namespace grader
