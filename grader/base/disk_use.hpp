#pragma once

#include <cstdint>
#include <filesystem>

namespace grader {

/// What lies below a folder that a program under test may write to.
struct DiskUse {
  std::uint64_t bytes = 0;  ///< that the files take up on the disk
  std::uint64_t files = 0;  ///< folders and links count too
};

/// Counts what lies below `folder`, and stops once there are more than `files_max`. What vanishes
/// or cannot be read meanwhile counts as nothing; links are not followed.
DiskUse disk_use(const std::filesystem::path& folder, std::uint64_t files_max);

}  // namespace grader
