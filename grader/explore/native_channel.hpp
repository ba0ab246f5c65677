#pragma once

#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "explore/trace_reader.hpp"

namespace grader {

/// The channel of one native run: a memory file that this process holds open, formatted, with a
/// fresh closing key.
class NativeChannel {
 public:
  static Result<NativeChannel> create();
  NativeChannel(NativeChannel&& other) noexcept;
  NativeChannel& operator=(NativeChannel&&) = delete;
  ~NativeChannel();

  /// The file's name for GRADER_CHANNEL, valid as long as this object lives.
  [[nodiscard]] std::string path() const;
  [[nodiscard]] ChannelView view() const;
  [[nodiscard]] std::uint64_t key() const { return key_; }

 private:
  NativeChannel(Fd fd, void* base, std::uint64_t key)
      : fd_(std::move(fd)), base_(base), key_(key) {}

  Fd fd_;
  void* base_ = nullptr;
  std::uint64_t key_ = 0;
};

}  // namespace grader
