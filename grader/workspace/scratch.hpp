#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/result.hpp"

namespace grader {

/// A fresh private directory, removed with everything in it when its owner goes.
class ScratchDirectory {
 public:
  /// Creates it in TMPDIR (or /tmp), readable by this user alone.
  static Result<ScratchDirectory> create();

  ScratchDirectory() = default;
  ScratchDirectory(ScratchDirectory&& other) noexcept
      : path_(std::exchange(other.path_, {})), slot_(std::exchange(other.slot_, -1)) {}
  ScratchDirectory& operator=(ScratchDirectory&& other) noexcept;
  ~ScratchDirectory() { remove(); }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  ScratchDirectory(std::filesystem::path path, int slot) : path_(std::move(path)), slot_(slot) {}
  void remove();

  std::filesystem::path path_;
  int slot_ = -1;  ///< in the registry of live directories; -1 when it was full
};

/// Removes every scratch directory that is alive. Only async-signal-safe calls: for a handler of
/// SIGINT or SIGTERM, right before it ends the process. Runs end by themselves with the grader.
void remove_scratch_directories_from_signal_handler();

}  // namespace grader
