#pragma once

#include <string>

#include "base/result.hpp"
#include "explore/channel_file.hpp"
#include "explore/trace_reader.hpp"
#include "protocol/channel.hpp"

namespace grader {

/// The channel of a controlled program, used for one run after the other.
class ControlledChannel {
 public:
  /// `named` as in ChannelFile.
  static Result<ControlledChannel> create(bool named = false);
  ControlledChannel(ControlledChannel&& other) noexcept;
  ControlledChannel& operator=(ControlledChannel&&) = delete;
  ~ControlledChannel();

  /// Forgets the last run and sets what the next one is told. What the program's parent process
  /// wrote before the first run stays: modules that it has told.
  void reset(const protocol::RunOptions& options);

  /// The file's name for GRADER_CHANNEL, valid as long as this object lives.
  [[nodiscard]] std::string path() const { return file_.path(); }
  [[nodiscard]] ChannelFile& file() { return file_; }
  /// Lets `path` stay valid when this process becomes another program.
  void keep_over_exec() const;
  [[nodiscard]] protocol::Channel channel() const { return protocol::Channel(base_); }
  [[nodiscard]] ChannelView view() const;

 private:
  ControlledChannel(ChannelFile file, void* base) : file_(std::move(file)), base_(base) {}

  ChannelFile file_;
  void* base_ = nullptr;
  std::uint64_t text_kept_ = 0;  ///< written before the first run
  std::uint32_t modules_kept_ = 0;
  bool first_ = true;
};

}  // namespace grader
