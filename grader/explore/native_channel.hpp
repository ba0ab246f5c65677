#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "explore/channel_file.hpp"
#include "explore/trace_reader.hpp"

namespace grader {

/// The channel of one native run: a memory file that this process holds open, formatted, with a
/// fresh closing key.
class NativeChannel {
 public:
  /// `named` as in ChannelFile.
  static Result<NativeChannel> create(bool named = false);
  NativeChannel(NativeChannel&& other) noexcept;
  NativeChannel& operator=(NativeChannel&&) = delete;
  ~NativeChannel();

  /// The file's name for GRADER_CHANNEL, valid as long as this object lives.
  [[nodiscard]] std::string path() const { return file_.path(); }
  [[nodiscard]] const ChannelFile& file() const { return file_; }
  [[nodiscard]] ChannelView view() const;
  [[nodiscard]] std::uint64_t key() const { return key_; }

 private:
  NativeChannel(ChannelFile file, void* base, std::uint64_t key)
      : file_(std::move(file)), base_(base), key_(key) {}

  ChannelFile file_;
  void* base_ = nullptr;
  std::uint64_t key_ = 0;
};

}  // namespace grader
