#include "base/disk_use.hpp"

#include <sys/stat.h>

namespace grader {

DiskUse disk_use(const std::filesystem::path& folder, std::uint64_t files_max) {
  namespace fs = std::filesystem;
  constexpr std::uint64_t kBlockBytes = 512;
  DiskUse use;
  std::error_code failed;
  const auto skip = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entry(folder, skip, failed);
  for (const fs::recursive_directory_iterator end; !failed && entry != end;
       entry.increment(failed)) {
    if (++use.files > files_max) return use;
    struct stat status {};
    if (lstat(entry->path().c_str(), &status) != 0) continue;
    use.bytes += static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes;
  }
  return use;
}

}  // namespace grader
