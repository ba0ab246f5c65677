#include "base/empty_directory.hpp"

#include "base/posix.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

void open_to_owner(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(fs::symlink_status(path, failed))) return;
  fs::permissions(path, fs::perms::owner_all, fs::perm_options::add, failed);
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    open_to_owner(entry->path());
  }
}

}  // namespace

Status empty_directory(const fs::path& directory) {
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    std::error_code kept;
    fs::remove_all(entry->path(), kept);
    if (!kept) continue;
    open_to_owner(entry->path());
    fs::remove_all(entry->path(), kept);
    if (kept) return errno_error("removing " + entry->path().string(), kept.value());
  }
  if (failed) return errno_error("reading " + directory.string(), failed.value());
  return success();
}

}  // namespace grader
