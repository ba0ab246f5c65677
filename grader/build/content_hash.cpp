#include "build/content_hash.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/posix.hpp"

namespace grader {
namespace {

constexpr unsigned __int128 kPrime =
    (static_cast<unsigned __int128>(1) << 88U) | static_cast<unsigned __int128>(0x13b);

}  // namespace

void ContentHash::mix(std::string_view bytes) {
  for (const char byte : bytes) {
    state_ ^= static_cast<unsigned char>(byte);
    state_ *= kPrime;
  }
}

void ContentHash::add(std::string_view label, std::string_view content) {
  mix(fmt::format("{}:{} {}:", label.size(), label, content.size()));
  mix(content);
}

Status ContentHash::add_file(const std::filesystem::path& file) {
  GRADER_TRY(content, read_file(file));
  add(file.filename().string(), content);
  return success();
}

Status ContentHash::add_file_identity(const std::filesystem::path& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return errno_error("looking at " + file.string());
  add(file.string(),
      fmt::format("{} {}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
  return success();
}

std::string ContentHash::text() const {
  return fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(state_ >> 64U),
                     static_cast<std::uint64_t>(state_));
}

}  // namespace grader
