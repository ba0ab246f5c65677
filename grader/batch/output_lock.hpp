#pragma once

#include <filesystem>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader {

/// Holds a batch's output folder for this process: two batches never write to one. Given up when
/// destroyed, and by the kernel however the process ends, so no stale lock is ever in the way.
class OutputLock {
 public:
  /// A usage error that names the other process when the folder is taken.
  static Result<OutputLock> take(const std::filesystem::path& output);

 private:
  explicit OutputLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace grader
