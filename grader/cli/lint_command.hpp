#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

namespace grader {

/// `grader lint RUBRIC...`: writes every problem of every rubric to `out` as
/// "file:line:column: message", then a line that sums up. Returns the exit status: 0 when all are
/// right, 4 when one is not, 2 when none was named. A folder stands for the rubric.yaml in it.
int lint(const std::vector<std::filesystem::path>& rubrics, std::ostream& out);

}  // namespace grader
