#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// Levenshtein's distance: single-character insertions, deletions and replacements, where a change
/// of case costs nothing.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that `name` was most likely meant to be; nothing when none is near. Ties go to the
/// first.
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

}  // namespace grader
