#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// Files below `repository` that changed between where HEAD left `base` and HEAD, relative to it,
/// sorted. Renamed and removed ones are named by both their names. In a shallow clone without the
/// common ancestor, `base` itself is compared with. A usage error when git does not know `base`.
Result<std::vector<std::string>> changed_files(const std::filesystem::path& repository,
                                               const std::string& base);

}  // namespace grader
