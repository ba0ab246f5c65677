#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace grader {

/// Removes all that is in `directory`, folders included, also those that whoever made them closed
/// to their owner. Links are removed, not followed. Errors name the path that stays.
Status empty_directory(const std::filesystem::path& directory);

}  // namespace grader
