#include "build/diagnostics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace grader {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const std::vector<std::string> kOwn = {"threads.cpp"};

TEST(CompilerOutput, PlacesErrorsAndWarningsWithTheirNotes) {
  const auto found = parse_compiler_output(
      "threads.cpp: In function ‘void f()’:\n"
      "threads.cpp:8:3: error: ‘undeclared’ was not declared in this scope\n"
      "threads.cpp:2:5: note: suggested alternative\n"
      "threads.cpp:7:7: warning: unused variable ‘unused’ [-Wunused-variable]\n",
      kOwn);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].severity, Diagnostic::Severity::error);
  EXPECT_EQ(found[0].location, (SourceLocation{"threads.cpp", 8, 3, ""}));
  EXPECT_EQ(found[0].message,
            "‘undeclared’ was not declared in this scope\n"
            "  threads.cpp:2: note: suggested alternative");
  EXPECT_EQ(found[1].severity, Diagnostic::Severity::warning);
  EXPECT_EQ(found[1].location.line, 7);
}

TEST(CompilerOutput, PutsAnErrorInALibraryHeaderWhereTheStudentLedToIt) {
  const auto found = parse_compiler_output(
      "In file included from /usr/include/c++/12/thread:43,\n"
      "                 from threads.cpp:1:\n"
      "/usr/include/c++/12/bits/std_thread.h: In instantiation of ‘std::thread::thread()’:\n"
      "threads.cpp:5:31:   required from here\n"
      "/usr/include/c++/12/bits/std_thread.h:129:72: error: static assertion failed\n",
      kOwn);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].location, (SourceLocation{"threads.cpp", 5, 31, ""}));
}

TEST(CompilerOutput, ForgetsTheOriginOfOneErrorBeforeTheNext) {
  const auto found = parse_compiler_output(
      "/usr/include/a.h: In instantiation of ‘A’:\n"
      "threads.cpp:5:31:   required from here\n"
      "/usr/include/a.h:1:2: error: first\n"
      "/usr/include/b.h: In function ‘f’:\n"
      "/usr/include/b.h:3:4: error: second\n",
      kOwn);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[1].location.file, "/usr/include/b.h");
}

TEST(CompilerOutput, NamesAHeaderOfTheExerciseWithoutItsFolder) {
  const auto found =
      parse_compiler_output("../interface/threads.hpp:3:4: error: expected ‘;’\n", kOwn);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].location.file, "threads.hpp");
}

TEST(CompilerOutput, SaysTheSameOnce) {
  const std::string line = "threads.cpp:1:2: error: again\n";
  EXPECT_THAT(parse_compiler_output(line + "threads.cpp:1:9: note: n\n" + line, kOwn), SizeIs(1));
}

TEST(CompilerOutput, KeepsErrorsWithoutAPlace) {
  const auto found = parse_compiler_output("cc1plus: fatal error: threads.cpp: gone\n", kOwn);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].message, "threads.cpp: gone");
  EXPECT_EQ(found[0].location.line, 0);
}

TEST(CompilerOutput, ReadsNothingOutOfNoise) {
  EXPECT_THAT(parse_compiler_output("", kOwn), SizeIs(0));
  EXPECT_THAT(parse_compiler_output(":::\n12:34: x\nthreads.cpp:\n::1: error: \n\n", kOwn),
              SizeIs(0));
}

TEST(LinkerOutput, MakesASentenceOfWhatGnuLdMisses) {
  const auto found = parse_linker_output(
      "/usr/bin/ld: u.o: in function `z()':\n"
      "u.cpp:(.text+0xf): undefined reference to `foo(int)'\n"
      "/usr/bin/ld: u.cpp:(.text+0x16): undefined reference to `foo(int)'\n"
      "collect2: error: ld returned 1 exit status\n");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].message, "foo(int) is used, but none of the submitted files defines it");
}

TEST(LinkerOutput, MakesASentenceOfWhatMoldMisses) {
  const auto found = parse_linker_output(
      "mold: error: undefined symbol: foo(int)\n>>> referenced by u.cpp\n>>>               "
      "u.o:(z())\n"
      "mold: error: undefined symbol: bar()\n>>> referenced by u.cpp\n"
      "collect2: error: ld returned 1 exit status\n");
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_THAT(found[1].message, HasSubstr("bar() is used"));
}

TEST(LinkerOutput, NamesWhatIsDefinedTwice) {
  EXPECT_EQ(
      parse_linker_output("ld: b.o: multiple definition of `f()'; a.o: first here\n")[0].message,
      "f() is defined more than once");
  EXPECT_EQ(parse_linker_output("mold: error: duplicate symbol: a.o: b.o: f()\n")[0].message,
            "f() is defined more than once");
}

TEST(LinkerOutput, PassesOnWhatItDoesNotKnow) {
  EXPECT_THAT(parse_linker_output("ld: out of disk\n")[0].message, HasSubstr("out of disk"));
  EXPECT_THAT(parse_linker_output("")[0].message, HasSubstr("said nothing"));
}

}  // namespace
}  // namespace grader
