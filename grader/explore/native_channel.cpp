#include "explore/native_channel.hpp"

#include <sys/mman.h>
#include <sys/random.h>

#include "base/posix.hpp"

namespace grader {
namespace {

/// Native runs use neither choices nor the runtime's memory.
constexpr protocol::ChannelSizes kSizes = {.events = 1U << 18U,
                                           .text_bytes = 16U << 20U,
                                           .choices = 1,
                                           .decision_bytes = 4096,
                                           .hint_bytes = 4096,
                                           .arena_bytes = 4096};
constexpr std::uint64_t kBytes = protocol::channel_total_size(kSizes);

}  // namespace

Result<NativeChannel> NativeChannel::create(bool named) {
  std::uint64_t key = 0;
  while (key == 0) {
    if (getrandom(&key, sizeof key, 0) != sizeof key) return errno_error("making a key for a run");
  }
  GRADER_TRY(file, ChannelFile::create(kBytes, named));
  GRADER_TRY(base, file.map());
  protocol::Channel::format(base, kSizes).header().options.closing_key = key;
  return NativeChannel(std::move(file), base, key);
}

NativeChannel::NativeChannel(NativeChannel&& other) noexcept
    : file_(std::move(other.file_)), base_(std::exchange(other.base_, nullptr)), key_(other.key_) {}

NativeChannel::~NativeChannel() {
  if (base_ != nullptr) munmap(base_, kBytes);
}

ChannelView NativeChannel::view() const { return {static_cast<const std::byte*>(base_), kSizes}; }

}  // namespace grader
