#pragma once

#include <filesystem>
#include <string>

namespace grader {

/// The value of "// key: value" among the first lines of a program of fixtures/programs; empty when
/// there is none.
std::string header_value(const std::filesystem::path& file, const std::string& key);

}  // namespace grader
