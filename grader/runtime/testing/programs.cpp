#include "runtime/testing/programs.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace grader::testing {
namespace {

constexpr int kHeaderLines = 12;

// The rest of a line "// key: value", up to the first space; empty when it is another line.
std::string value_of(const std::string& line, const std::string& key) {
  const std::string start = "// " + key + ": ";
  if (line.rfind(start, 0) != 0) return {};
  const std::size_t end = line.find(' ', start.size());
  return line.substr(start.size(), end == std::string::npos ? end : end - start.size());
}

protocol::Points points_of(const std::string& text) {
  if (text == "atomics") return protocol::Points::atomics;
  return text == "accesses" ? protocol::Points::accesses : protocol::Points::sync;
}

void read_header(FixtureProgram& program, const std::filesystem::path& source) {
  std::ifstream file(source);
  std::string line;
  for (int i = 0; i < kHeaderLines && std::getline(file, line); ++i) {
    if (const std::string v = value_of(line, "expect"); !v.empty()) program.expect = v;
    if (const std::string v = value_of(line, "points"); !v.empty()) program.points = points_of(v);
    if (!value_of(line, "processes").empty()) program.has_processes = true;
    if (!value_of(line, "false_report").empty()) program.false_report = true;
  }
}

}  // namespace

std::vector<FixtureProgram> fixture_programs(const std::string& folder) {
  std::vector<FixtureProgram> programs;
  const std::filesystem::path sources = std::string(GRADER_SOURCE_DIR) + "/fixtures/" + folder;
  for (const auto& entry : std::filesystem::directory_iterator(sources)) {
    const std::string extension = entry.path().extension();
    if (extension != ".c" && extension != ".cpp") continue;
    FixtureProgram program;
    program.name = entry.path().stem();
    program.path = std::string(GRADER_BINARY_DIR) + "/fixtures/" + folder + "/" + program.name;
    read_header(program, entry.path());
    programs.push_back(program);
  }
  std::sort(programs.begin(), programs.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return programs;
}

}  // namespace grader::testing
