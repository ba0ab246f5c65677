#include "base/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/posix.hpp"

namespace grader {
namespace {

bool is_regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

Fd open_regular_file(const std::filesystem::path& path) {
  Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return file.valid() && is_regular(file.get()) ? std::move(file) : Fd{};
}

Result<std::string> read_regular_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  const bool is_link_or_socket = !file.valid() && (errno == ELOOP || errno == ENXIO);
  if (is_link_or_socket) return std::string();
  if (!file.valid()) return errno_error("reading " + path.string());
  if (!is_regular(file.get())) return std::string();
  return read_all_from_start(file.get(), bytes_max);
}

}  // namespace grader
