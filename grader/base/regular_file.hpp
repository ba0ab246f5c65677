#pragma once

#include <filesystem>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader {

/// Opens a file that somebody else may have made, to read it. Invalid when it is no regular file (a
/// pipe would never end) or cannot be read. Links are followed. Never waits.
Fd open_regular_file(const std::filesystem::path& path);

/// The first `bytes_max` bytes of a file that somebody else may have made: empty when it is no
/// regular file (a link is none). Never waits. Errors name the path.
Result<std::string> read_regular_file(const std::filesystem::path& path, std::size_t bytes_max);

}  // namespace grader
