#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

// grader/docs/modelled_calls.md says which functions the runtime stands before.
namespace grader {
namespace {

using Names = std::set<std::string>;

bool is_of_the_compiler(const std::string& name) {
  return name.starts_with("__tsan_") || name.starts_with("_ZN") || name.starts_with("grader_");
}

Names functions_of_the_library() {
  FILE* pipe = popen("nm -D --defined-only '" GRADER_BINARY_DIR "/lib/libgrader_runtime.so'", "r");
  Names names;
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr) {
    std::istringstream words(line);
    std::string word;
    while (words >> word) {
    }
    const std::string name = word.substr(0, word.find('@'));
    if (!is_of_the_compiler(name)) names.insert(name);
  }
  pclose(pipe);
  return names;
}

// The lists are lines of names alone, each in backticks.
Names functions_of_the_page() {
  std::ifstream page(GRADER_SOURCE_DIR "/grader/docs/modelled_calls.md");
  const std::regex list("(`\\w+`,? ?)+");
  const std::regex item("`(\\w+)`");
  Names names;
  for (std::string line; std::getline(page, line);) {
    if (!std::regex_match(line, list)) continue;
    for (std::sregex_iterator at(line.begin(), line.end(), item), end; at != end; ++at) {
      names.insert((*at)[1]);
    }
  }
  return names;
}

std::string without(const Names& all, const Names& some) {
  std::string rest;
  for (const std::string& name : all) {
    if (!some.contains(name)) rest += name + " ";
  }
  return rest;
}

TEST(ModelledCalls, AreThoseThatThePageNames) {
  const Names library = functions_of_the_library();
  const Names page = functions_of_the_page();
  EXPECT_GT(library.size(), 200U);
  EXPECT_EQ(without(library, page), "") << "missing on the page";
  EXPECT_EQ(without(page, library), "") << "on the page alone";
}

}  // namespace
}  // namespace grader
