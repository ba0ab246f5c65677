#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader {

/// The file in memory that a program under test shares with the grader.
class ChannelFile {
 public:
  /// `bytes` long. A named one can be shown to a program inside an enclosure, where the grader's
  /// own /proc is not there; its name is gone with the object.
  static Result<ChannelFile> create(std::uint64_t bytes, bool named);
  ChannelFile(ChannelFile&& other) noexcept;
  ChannelFile& operator=(ChannelFile&&) = delete;
  ~ChannelFile() { forget_name(); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The mapping of the whole file; it stays until the process ends or unmaps it.
  Result<void*> map() const;
  /// The file's name as the program sees it.
  [[nodiscard]] std::string path() const;
  /// What an enclosure must show: the machine's name and the one inside. Empty without a name.
  [[nodiscard]] std::vector<std::pair<std::filesystem::path, std::filesystem::path>> files() const;
  /// The program has it open, or never will: nothing of it is to be left if the grader is killed.
  void forget_name();

 private:
  ChannelFile(Fd fd, std::uint64_t bytes, std::string name)
      : fd_(std::move(fd)), bytes_(bytes), name_(std::move(name)) {}

  Fd fd_;
  std::uint64_t bytes_;
  std::string name_;
  bool named_ = !name_.empty();
};

}  // namespace grader
