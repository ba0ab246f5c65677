#include "cli/program_header.hpp"

#include <fstream>

namespace grader {

std::string header_value(const std::filesystem::path& file, const std::string& key) {
  constexpr int kHeaderLines = 10;
  std::ifstream stream(file);
  std::string line;
  const std::string start = "// " + key + ": ";
  for (int i = 0; i < kHeaderLines && std::getline(stream, line); ++i) {
    if (line.starts_with(start)) return line.substr(start.size());
  }
  return {};
}

}  // namespace grader
