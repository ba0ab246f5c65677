#include "batch/names.hpp"

#include <gtest/gtest.h>

namespace grader {
namespace {

TEST(Names, PrintableKeepsUtf8AndShowsTheRestAsBytes) {
  EXPECT_EQ(printable("Zoë Müller"), "Zoë Müller");
  EXPECT_EQ(printable("a\nb\x1b[31m"), "a\\x0ab\\x1b[31m");
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "an overlong form is no UTF-8";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "nor is a surrogate";
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b") << "a C1 control moves the cursor too";
}

TEST(Names, SafeFileNameKeepsWhatIsPlain) {
  EXPECT_EQ(safe_file_name("ada_lovelace-2.1"), "ada_lovelace-2.1");
}

TEST(Names, SafeFileNameIsHarmlessAndTellsTextsApart) {
  for (const std::string hostile : {"../../etc/passwd", "-rf", ".hidden", "", "a\nb", "a b", "é"}) {
    const std::string name = safe_file_name(hostile);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789._-"),
              std::string::npos)
        << name;
    EXPECT_NE(name[0], '.');
    EXPECT_NE(name[0], '-');
  }
  EXPECT_NE(safe_file_name("a b"), safe_file_name("a\tb"));
  EXPECT_LT(safe_file_name(std::string(5000, 'x')).size(), 120U);
}

TEST(Names, CsvFieldsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("Lovelace, Ada"), "\"Lovelace, Ada\"");
  EXPECT_EQ(csv_field("the \"best\""), "\"the \"\"best\"\"\"");
  EXPECT_EQ(csv_field("two\nlines"), "two\\x0alines");
}

TEST(Names, CsvFieldsAreNoFormulas) {
  EXPECT_EQ(csv_field("=cmd|'/c calc'!A1"), "'=cmd|'/c calc'!A1");
  EXPECT_EQ(csv_field("@SUM(1,2)"), "\"'@SUM(1,2)\"");
}

}  // namespace
}  // namespace grader
