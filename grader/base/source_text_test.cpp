#include "base/source_text.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

TEST(SourceText, JoinsLinesThatEndInABackslash) {
  EXPECT_EQ(splice_lines("#li\\\nne 1\nint a;\\ \t\n//x\n"), "#line 1\nint a;//x\n");
  EXPECT_EQ(splice_lines("a\\b\\"), "a\\b\\");
}

TEST(SourceText, SeesEveryWayToRenameLines) {
  for (const char* source : {"#line 1 \"b.h\"", "  #  line 1", "# 1 \"b.h\"", "#/* a */line 2",
                             "#/* a\n b */ line 2", "%:line 3", "# \t/**//**/\v7 \"b.h\"",
                             "#\\\nl\\\nine 4", "?\?=line 5", "int a;\n#line 1 N\n"}) {
    EXPECT_TRUE(may_rename_lines(source)) << source;
  }
}

TEST(SourceText, TakesOrdinarySourceForWhatItIs) {
  for (const char* source : {"#include <vector>\nint line = 1;", "// the next line: 7",
                             "#define LINE 1", "#if 0\n#endif", "#pragma once",
                             "int deadline = 5 % 2;", "", "#", "#/* never closed line"}) {
    EXPECT_FALSE(may_rename_lines(source)) << source;
  }
}

}  // namespace
}  // namespace grader
