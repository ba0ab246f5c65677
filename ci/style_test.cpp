#include "style.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>

#include "function_lengths.hpp"

namespace grader::style {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = GRADER_SOURCE_DIR;

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool has_extension(const fs::path& path, const std::vector<std::string>& extensions) {
  return std::find(extensions.begin(), extensions.end(), path.extension()) != extensions.end();
}

const std::vector<std::string> kCpp{".cpp", ".hpp"};
const std::vector<std::string> kCode{".cpp", ".hpp", ".txt", ".cmake", ".sh", ".yml", ".json"};
const std::vector<std::string> kText{".cpp", ".hpp",  ".txt", ".cmake", ".sh",
                                     ".yml", ".json", ".md",  ".yaml"};

/// Files of `folders` (relative to the root; "" is the root alone), sorted, relative to the root.
std::vector<std::string> files_of(const std::vector<std::string>& folders,
                                  const std::vector<std::string>& extensions) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(kRoot / folder)) continue;
    for (fs::recursive_directory_iterator entry(kRoot / folder), end; entry != end; ++entry) {
      if (folder.empty() && entry->is_directory()) {
        entry.disable_recursion_pending();
        continue;
      }
      if (entry->is_regular_file() && has_extension(entry->path(), extensions)) {
        files.push_back(fs::relative(entry->path(), kRoot).string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

using Rule = std::function<Problems(const std::string& file, const std::string& text)>;

void expect_all_keep(const std::vector<std::string>& files, const Rule& rule) {
  EXPECT_FALSE(files.empty());
  for (const std::string& file : files) {
    for (const Problem& problem : rule(file, slurp(kRoot / file)))
      ADD_FAILURE() << to_text(problem);
  }
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "  step();\n";
  return text;
}

TEST(Style, FoldersIncludeOnlyWhatStandsBelowThem) {
  for (const std::string& file : files_of({"grader"}, kCpp)) {
    const std::string inside = file.substr(std::string("grader/").size());
    for (const Problem& problem : check_includes(inside, slurp(kRoot / file))) {
      ADD_FAILURE() << to_text(problem);
    }
  }
}

TEST(Style, FilesLinesAndFunctionsAreShort) {
  expect_all_keep(files_of({"grader", "ci", "exercises", "solutions"}, kCpp), check_lengths);
}

TEST(Style, NothingIsMarkedAsUnfinished) {
  expect_all_keep(files_of({"", "grader", "ci", "cmake", "exercises", "solutions"}, kCode),
                  check_words);
}

TEST(Style, NoFileNamesAPathOfOneMachine) {
  expect_all_keep(
      files_of({"", "grader", "ci", "cmake", "exercises", "solutions", "fixtures", ".ci"}, kText),
      check_machine_paths);
}

TEST(Style, DocumentsNameFilesThatExist) {
  expect_all_keep(files_of({"", "grader", "ci", "exercises", "solutions"}, {".md"}),
                  [](const std::string& file, const std::string& text) {
                    return check_named_files(file, text, kRoot);
                  });
}

TEST(Style, SourcesAreFormatted) {
  std::string command = "cd '" + kRoot.string() + "' && clang-format --dry-run -Werror";
  for (const std::string& file : files_of({"grader", "ci", "exercises", "solutions"}, kCpp)) {
    command += " '" + file + "'";
  }
  FILE* pipe = ::popen((command + " 2>&1 | grep error: | head -20").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string complaints;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
    complaints += static_cast<char>(c);
  }
  ::pclose(pipe);
  EXPECT_EQ(complaints, "") << "`make format` cures it";
}

/// Names in ci/packages.txt that `make check` needs, in the order of the file.
std::string packages_for_check() {
  std::istringstream list(slurp(kRoot / "ci/packages.txt"));
  std::string names;
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    std::string name;
    std::string purpose;
    if (words >> name >> purpose && name != "#" && purpose == "check") names += " " + name;
  }
  return names;
}

TEST(Readme, ListsThePackagesThatTheSetUpInstalls) {
  std::string readme = slurp(kRoot / "README.md");
  std::string flat;  // its command may go over several lines
  for (const char c : readme) {
    if (c == '\\' || c == '\n') continue;
    if (c != ' ' || !flat.ends_with(' ')) flat += c;
  }
  EXPECT_NE(flat.find("apt-get install --no-install-recommends" + packages_for_check()),
            std::string::npos)
      << "README.md should have:" << packages_for_check();
}

TEST(StyleRules, RefuseAnIncludeOfAHigherFolder) {
  const Problems problems =
      check_includes("base/a.hpp", "#include <a>\n#include \"model/b.hpp\"\n");
  EXPECT_EQ(problems, (Problems{{"base/a.hpp", 2, "base/ may not include model/"}}));
}

TEST(StyleRules, RefuseAnIncludeOfAnotherStage) {
  EXPECT_EQ(check_includes("check/a.cpp", "#include \"score/b.hpp\"\n").size(), 1U);
  EXPECT_EQ(check_includes("runtime/a.cpp", "#include \"base/b.hpp\"\n").size(), 1U);
  EXPECT_EQ(check_includes("batch/a.cpp", "#include \"cli/b.hpp\"\n").size(), 1U);
}

TEST(StyleRules, PassOverIncludesOfTextsThatAreWritten) {
  EXPECT_EQ(
      check_includes("build/a.cpp", "const char* t = R\"(\n#include \"harness/a.hpp\"\n)\";\n"),
      Problems{});
}

TEST(StyleRules, LetTestsDriveTheRuntimeButNoOtherStage) {
  EXPECT_EQ(check_includes("explore/a_test.cpp", "#include \"runtime/a.hpp\"\n"), Problems{});
  EXPECT_EQ(check_includes("explore/a.cpp", "#include \"runtime/a.hpp\"\n").size(), 1U);
  EXPECT_EQ(check_includes("explore/a_test.cpp", "#include \"score/a.hpp\"\n").size(), 1U);
}

TEST(StyleRules, RefuseAFolderWithoutAPlace) {
  EXPECT_EQ(check_includes("utils/a.cpp", "").size(), 1U);
}

TEST(StyleRules, AllowIncludesOfOwnAndLowerFolders) {
  EXPECT_EQ(check_includes("check/a.cpp", "#include \"check/b.hpp\"\n#include \"model/c.hpp\"\n"),
            Problems{});
  EXPECT_EQ(check_includes("cli/a.cpp", "#include \"batch/b.hpp\"\n"), Problems{});
}

TEST(StyleRules, CountCharactersOfALineNotBytes) {
  std::string line;
  for (int i = 0; i < 100; ++i) line += "é";
  EXPECT_EQ(check_lengths("a.cpp", line + "\n"), Problems{});
  EXPECT_EQ(check_lengths("a.cpp", line + "e\n"), (Problems{{"a.cpp", 1, "line too long"}}));
}

TEST(StyleRules, RefuseALongFile) {
  EXPECT_EQ(check_lengths("a.cpp", std::string(399, '\n')), Problems{});
  EXPECT_EQ(check_lengths("a.cpp", std::string(400, '\n')).size(), 1U);
}

TEST(StyleRules, RefuseALongFunction) {
  EXPECT_EQ(check_lengths("a.cpp", "void f() {\n" + lines(67) + "}\n"), Problems{});
  const Problems problems = check_lengths("a.cpp", "\nvoid f() {\n" + lines(68) + "}\n");
  EXPECT_EQ(problems, (Problems{{"a.cpp", 2, "function has 70 lines"}}));
}

TEST(StyleRules, RefuseALongMemberAndALongTest) {
  const std::string body = "{\n" + lines(80) + "}\n";
  EXPECT_EQ(check_lengths("a.cpp", "class A final : B {\nvoid f() const " + body + "};\n").size(),
            1U);
  EXPECT_EQ(check_lengths("a.cpp", "TEST(A, B) " + body).size(), 1U);
  EXPECT_EQ(check_lengths("a.cpp", "A::A(int b) : b_{b}, c_{} " + body).size(), 1U);
}

TEST(StyleRules, AllowALongClassTableOrNamespace) {
  std::string members;
  for (int i = 0; i < 80; ++i) members += "void f(int) {}\n";
  EXPECT_EQ(check_lengths("a.cpp", "namespace a {\nclass A {\n" + members + "};\n}\n"), Problems{});
  EXPECT_EQ(check_lengths("a.cpp", "int table[] = {\n" + std::string(80, '\n') + "};\n"),
            Problems{});
}

TEST(StyleRules, PassOverBracesThatAreNoCode) {
  const std::vector<FunctionLength> found = function_lengths(
      "#define OPEN() {\nvoid f() {\n  g(\"{\", '{', R\"x({\")x\", 1'000);  // {\n}\nvoid h() "
      "{}\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_EQ(found[0].lines, 3U);
  EXPECT_EQ(found[1].lines, 1U);
}

TEST(StyleRules, RefuseMarksOfUnfinishedWork) {
  EXPECT_EQ(check_words("a.cpp", std::string("// TO") + "DO: later\n").size(), 1U);
  EXPECT_EQ(check_words("a.cpp", std::string("// good enough for") + " now\n").size(), 1U);
  EXPECT_EQ(check_words("a.cpp", "// for nowhere; todos are fine to discuss\n").size(), 0U);
}

TEST(StyleRules, RefusePathsOfOneMachine) {
  EXPECT_EQ(check_machine_paths("a.md", std::string("see /ho") + "me/ada/notes\n").size(), 1U);
  EXPECT_EQ(check_machine_paths("a.md", "see /usr/src/googletest and a/home/b\n").size(), 0U);
}

TEST(StyleRules, RefuseDocumentsThatNameWhatIsNotThere) {
  EXPECT_EQ(
      check_named_files("README.md", "see `ci/style.cpp` and [this](ci/style.hpp#top)\n", kRoot),
      Problems{});
  EXPECT_EQ(check_named_files("README.md", "see `ci/no_such_file.cpp`\n", kRoot).size(), 1U);
  EXPECT_EQ(check_named_files("README.md", "see [this](no_such_page.md)\n", kRoot).size(), 1U);
  EXPECT_EQ(check_named_files("README.md", "`build/x`, `and/or`, <https://a.b/c>\n", kRoot),
            Problems{});
}

}  // namespace
}  // namespace grader::style
