#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace grader {

/// The directory `cache`/`key`, made by `fill` when it is not there yet. `fill` works in a
/// directory of its own that gets its name when it is complete, so nobody ever sees half of it;
/// whoever wants the same meanwhile waits.
Result<std::filesystem::path> cached_directory(
    const std::filesystem::path& cache, const std::string& key,
    const std::function<Status(const std::filesystem::path& directory)>& fill);

}  // namespace grader
