#include "explore/controlled_channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace grader {
namespace {

constexpr protocol::ChannelSizes kSizes;
constexpr std::uint64_t kBytes = protocol::channel_total_size(kSizes);

}  // namespace

Result<ControlledChannel> ControlledChannel::create(bool named) {
  GRADER_TRY(file, ChannelFile::create(kBytes, named));
  GRADER_TRY(base, file.map());
  protocol::Channel::format(base, kSizes);
  return ControlledChannel(std::move(file), base);
}

ControlledChannel::ControlledChannel(ControlledChannel&& other) noexcept
    : file_(std::move(other.file_)),
      base_(std::exchange(other.base_, nullptr)),
      text_kept_(other.text_kept_),
      modules_kept_(other.modules_kept_),
      first_(other.first_) {}

ControlledChannel::~ControlledChannel() {
  if (base_ != nullptr) munmap(base_, kBytes);
}

void ControlledChannel::reset(const protocol::RunOptions& options) {
  protocol::ChannelHeader& h = channel().header();
  if (first_) {
    text_kept_ = h.text_used.load();
    modules_kept_ = h.modules_used.load();
  }
  first_ = false;
  // A slot that was handed out and never written must not show what an earlier run wrote there.
  const std::uint64_t events = std::min(h.events_used.load(), kSizes.events);
  std::memset(static_cast<void*>(channel().events()), 0, events * sizeof(protocol::Event));
  protocol::reset_channel(channel());
  h.text_used = text_kept_;
  h.modules_used = modules_kept_;
  h.options = options;
}

void ControlledChannel::keep_over_exec() const { fcntl(file_.fd(), F_SETFD, 0); }

ChannelView ControlledChannel::view() const {
  return {static_cast<const std::byte*>(base_), kSizes};
}

}  // namespace grader
