#include "batch/output_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "batch/temporary_directory.hpp"

namespace grader {
namespace {

using testing_support::TemporaryDirectory;

TEST(OutputLock, RefusesASecondBatchAndNamesTheFirst) {
  const TemporaryDirectory directory;
  const Result<OutputLock> first = OutputLock::take(directory.path());
  ASSERT_TRUE(first.ok()) << first.error().message;
  const Result<OutputLock> second = OutputLock::take(directory.path());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::usage);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
  EXPECT_NE(second.error().message.find(directory.path().string()), std::string::npos);
}

TEST(OutputLock, IsFreeAgainWhenGivenUp) {
  const TemporaryDirectory directory;
  { ASSERT_TRUE(OutputLock::take(directory.path()).ok()); }
  EXPECT_TRUE(OutputLock::take(directory.path()).ok());
}

TEST(OutputLock, IsFreeAgainWhenItsOwnerWasKilled) {
  const TemporaryDirectory directory;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Result<OutputLock> held = OutputLock::take(directory.path());
    if (held.ok() && ::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(OutputLock::take(directory.path()).ok());
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_TRUE(OutputLock::take(directory.path()).ok());
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace grader
