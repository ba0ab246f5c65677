#include "build/cache.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/fd.hpp"
#include "base/posix.hpp"

namespace grader {

namespace fs = std::filesystem;

namespace {

Error cannot_create(const fs::path& what, int reason) {
  Error error = errno_error("creating " + what.string(), reason);
  if (reason == EROFS || reason == EACCES || reason == EPERM) {
    error.message += "; let GRADER_CACHE name a folder that can be written";
  }
  return error;
}

/// Holds others back from making the same at once; released by closing, or by death.
Result<Fd> lock_filling(const fs::path& cache, const std::string& key) {
  const fs::path file = cache / (key + ".lock");
  Fd fd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return cannot_create(file, errno);
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return errno_error("locking " + file.string());
  }
  return fd;
}

}  // namespace

Result<fs::path> cached_directory(const fs::path& cache, const std::string& key,
                                  const std::function<Status(const fs::path&)>& fill) {
  const fs::path final_place = cache / key;
  std::error_code failed;
  if (fs::is_directory(final_place, failed)) return final_place;
  fs::create_directories(cache, failed);
  if (failed) return cannot_create(cache, failed.value());
  const Result<Fd> lock = lock_filling(cache, key);
  if (!lock.ok()) return lock.error();
  if (fs::is_directory(final_place, failed)) return final_place;
  std::string staging = (cache / ("making-" + key + ".XXXXXX")).string();
  if (mkdtemp(staging.data()) == nullptr) return cannot_create(staging, errno);
  fs::permissions(staging,
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                      fs::perms::others_read | fs::perms::others_exec,
                  failed);
  const Status filled = fill(staging);
  const bool renamed = filled.ok() && std::rename(staging.c_str(), final_place.c_str()) == 0;
  const int rename_error = errno;
  if (renamed) return final_place;
  std::error_code ignored;
  fs::remove_all(staging, ignored);
  if (!filled.ok()) return filled.error();
  if (fs::is_directory(final_place, failed)) return final_place;
  return errno_error("naming " + final_place.string(), rename_error);
}

}  // namespace grader
