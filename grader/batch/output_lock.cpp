#include "batch/output_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "base/posix.hpp"

namespace grader {

Result<OutputLock> OutputLock::take(const std::filesystem::path& output) {
  const std::filesystem::path file = output / "batch.lock";
  Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return errno_error("opening " + file.string());
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return errno_error("locking " + file.string());
    const Result<std::string> owner = read_all_from_start(fd.get(), 32);
    return Error{ErrorKind::usage, "another batch" +
                                       (owner.ok() ? " (process " + *owner + ")" : std::string()) +
                                       " is writing to " + output.string() +
                                       "; wait for it, or choose another --output"};
  }
  const std::string pid = std::to_string(::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0) {
    return errno_error("writing " + file.string());
  }
  return OutputLock(std::move(fd));
}

}  // namespace grader
