#include "explore/channel_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mutex>
#include <string_view>

#include "base/posix.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "/dev/shm";
constexpr std::string_view kPrefix = "grader-channel-";
constexpr const char* kInside = "/run/grader/channel";

/// Files of graders that were killed, once a process.
void remove_abandoned() {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder, error)) {
    if (is_abandoned(entry.path().filename().string(), kPrefix)) unlink(entry.path().c_str());
  }
}

Result<std::pair<Fd, std::string>> make_file(bool named) {
  if (!named) {
    GRADER_TRY(memory, make_memory_file("channel"));
    return std::pair(std::move(memory), std::string());
  }
  static std::once_flag once;
  std::call_once(once, remove_abandoned);
  std::string name = fmt::format("{}/{}{}-XXXXXX", kFolder, kPrefix, getpid());
  Fd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) return errno_error("making " + name);
  return std::pair(std::move(fd), std::move(name));
}

}  // namespace

Result<ChannelFile> ChannelFile::create(std::uint64_t bytes, bool named) {
  GRADER_TRY(made, make_file(named));
  ChannelFile file(std::move(made.first), bytes, std::move(made.second));
  if (ftruncate(file.fd(), static_cast<off_t>(bytes)) != 0) return errno_error("making a channel");
  return file;
}

ChannelFile::ChannelFile(ChannelFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      bytes_(other.bytes_),
      name_(std::exchange(other.name_, {})),
      named_(other.named_) {}

Result<void*> ChannelFile::map() const {
  void* base = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd(), 0);
  if (base == MAP_FAILED) return errno_error("mapping a channel");
  return base;
}

std::string ChannelFile::path() const {
  return named_ ? kInside : fmt::format("/proc/{}/fd/{}", getpid(), fd());
}

std::vector<std::pair<fs::path, fs::path>> ChannelFile::files() const {
  if (name_.empty()) return {};
  return {{name_, kInside}};
}

void ChannelFile::forget_name() {
  if (!name_.empty()) unlink(name_.c_str());
  name_.clear();
}

}  // namespace grader
