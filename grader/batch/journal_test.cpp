#include "batch/journal.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

using testing_support::TemporaryDirectory;

Grade grade_of(double points) {
  Grade grade;
  grade.exercise = "1-threads";
  grade.points = points;
  grade.outcome = Outcome::pass;
  return grade;
}

TEST(Journal, GivesBackWhatWasStored) {
  const TemporaryDirectory directory;
  Result<Journal> journal = Journal::open(directory.path() / "grades.db");
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  EXPECT_TRUE(*journal->empty());
  ASSERT_TRUE(journal->store("key", grade_of(42)).ok());
  ASSERT_TRUE(journal->assign("Ada \xff", "key").ok());
  ASSERT_TRUE(journal->set_exercise("1-threads").ok());
  EXPECT_FALSE(*journal->empty());
  EXPECT_FALSE((*journal->find("other")).has_value());

  Result<Journal> again = Journal::open(directory.path() / "grades.db");
  ASSERT_TRUE(again.ok()) << again.error().message;
  ASSERT_TRUE((*again->find("key")).has_value());
  EXPECT_EQ((*again->find("key"))->points, 42);
  EXPECT_EQ(*again->exercise(), "1-threads");
  EXPECT_EQ(*again->assignments(), (std::map<std::string, std::string>{{"Ada \xff", "key"}}));
}

TEST(Journal, KeepsAdjustmentsInTheirOrder) {
  const TemporaryDirectory directory;
  Result<Journal> journal = Journal::open(directory.path() / "grades.db");
  ASSERT_TRUE(journal.ok());
  const Adjustment first{"ada", -5, 0, "bob", "2026-01-02T03:04:05Z", "copied a comment"};
  const Adjustment second{"ada", 0.5, 2, "carol", "2026-01-03T03:04:05Z", "ill"};
  ASSERT_TRUE(journal->adjust(first).ok());
  ASSERT_TRUE(journal->adjust(second).ok());
  EXPECT_EQ(*journal->adjustments(), (std::vector{first, second}));
}

TEST(Journal, RefusesAFileOfSomethingElse) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "grades.db";
  std::ofstream(file) << std::string(5000, 'x');
  const Result<Journal> journal = Journal::open(file);
  ASSERT_FALSE(journal.ok());
  EXPECT_NE(journal.error().message.find(file.string()), std::string::npos);
}

TEST(Journal, SaysThatItsFolderCannotBeWritten) {
  const Result<Journal> journal = Journal::open("/proc/no_such_folder/grades.db");
  ASSERT_FALSE(journal.ok());
  EXPECT_EQ(journal.error().kind, ErrorKind::environment);
}

TEST(Journal, TakesEntriesFromSeveralThreads) {
  const TemporaryDirectory directory;
  Result<Journal> journal = Journal::open(directory.path() / "grades.db");
  ASSERT_TRUE(journal.ok());
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < 3; ++writer) {
      writers.emplace_back([&journal, writer] {
        for (int i = 0; i < 5; ++i) {
          const std::string name = std::to_string(writer) + "-" + std::to_string(i);
          EXPECT_TRUE(journal->store(name, grade_of(i)).ok());
          EXPECT_TRUE(journal->assign(name, name).ok());
        }
      });
    }
  }
  EXPECT_EQ(journal->assignments()->size(), 15U);
}

/// Files of the child may not grow: what a full disk does to SQLite, without filling one.
[[noreturn]] void store_on_a_full_disk(const std::filesystem::path& file) {
  std::signal(SIGXFSZ, SIG_IGN);
  Result<Journal> journal = Journal::open(file);
  const rlimit limit{20'000, 20'000};
  if (!journal.ok() || setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(2);
  Grade grade = grade_of(1);
  grade.problem = std::string(100'000, 'x');
  const Status stored = journal->store("big", grade);
  ::_exit(!stored.ok() && stored.error().kind == ErrorKind::environment ? 0 : 1);
}

TEST(Journal, ReportsAFullDiskAndKeepsWhatItHad) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "grades.db";
  {
    Result<Journal> journal = Journal::open(file);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(journal->store("small", grade_of(7)).ok());
  }
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) store_on_a_full_disk(file);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  Result<Journal> journal = Journal::open(file);
  ASSERT_TRUE(journal.ok()) << journal.error().message;
  EXPECT_TRUE((*journal->find("small")).has_value());
  EXPECT_FALSE((*journal->find("big")).has_value());
}

}  // namespace
}  // namespace grader
