#include "base/posix.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace grader {
namespace {

Status write_all(int fd, std::string_view content, const std::string& what) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno_error(what);
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return success();
}

}  // namespace

Error errno_error(const std::string& what, int error_number) {
  const bool machine = error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE ||
                       error_number == ENFILE || error_number == ENOMEM || error_number == EROFS;
  return Error{machine ? ErrorKind::environment : ErrorKind::internal,
               what + ": " + std::strerror(error_number)};
}

Result<std::string> read_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return errno_error("reading " + path.string());
  std::string content;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got == 0) return content;
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno_error("reading " + path.string());
    }
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Status write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::string temporary = path.string() + ".XXXXXX";
  const std::string what = "writing " + path.string();
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return errno_error(what);
  Status written = write_all(fd.get(), content, what);
  if (written.ok() && ::fchmod(fd.get(), 0644) != 0) written = errno_error(what);
  if (written.ok() && ::fsync(fd.get()) != 0) written = errno_error(what);
  if (written.ok() && ::rename(temporary.c_str(), path.c_str()) != 0) written = errno_error(what);
  if (!written.ok()) ::unlink(temporary.c_str());
  return written;
}

Result<Fd> make_memory_file(const std::string& name) {
  Fd fd(::memfd_create(name.c_str(), MFD_CLOEXEC));
  if (!fd.valid()) return errno_error("creating a memory file");
  return fd;
}

bool is_abandoned(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  const int owner = std::atoi(std::string(name.substr(prefix.size())).c_str());
  return owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
}

Result<Fd> move_above_standard(Fd fd) {
  constexpr int kFirst = 10;
  Fd high(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirst));
  if (!high.valid()) return errno_error("moving a descriptor");
  return high;
}

Result<std::string> read_all_from_start(int fd, std::size_t bytes_max) {
  std::string content;
  std::array<char, 65536> buffer;
  while (content.size() < bytes_max) {
    const ssize_t got =
        ::pread(fd, buffer.data(), std::min(buffer.size(), bytes_max - content.size()),
                static_cast<off_t>(content.size()));
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno_error("reading a program's output");
    }
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

}  // namespace grader
