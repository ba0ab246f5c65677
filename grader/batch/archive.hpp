#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.hpp"

namespace grader {

/// What an archive may grow to. An honest submission is far below.
struct ArchiveLimits {
  std::uint64_t bytes_max = std::uint64_t{32} << 20U;  ///< all files together, unpacked
  std::size_t entries_max = 2000;
  std::size_t depth_max = 16;  ///< folders above a file
};

/// Whether the name ends as that of an archive that can be unpacked: .zip, .7z, .tar and .tar
/// compressed by gzip, bzip2, xz or zstd.
bool is_archive_name(const std::filesystem::path& name);

/// Unpacks into `destination`, an empty folder. Takes regular files and folders alone: links,
/// devices and FIFOs are left out, and so is what version control and file managers leave behind
/// (.git, __MACOSX). An absolute name, `..`, the same name twice, or anything beyond `limits` makes
/// it an ErrorKind::invalid_submission; the folder then holds what came before.
Status unpack(const std::filesystem::path& archive, const std::filesystem::path& destination,
              const ArchiveLimits& limits);

}  // namespace grader
