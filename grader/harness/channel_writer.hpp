#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/channel.hpp"

namespace grader::harness {

/// The channel that GRADER_CHANNEL named when the program was loaded; an invalid Channel when there
/// was none, or it could not be mapped.
protocol::Channel channel();

/// Under the controlled runtime: returns in each run that this process becomes the warm parent of,
/// if it is to be one (protocol/runtime_api.hpp).
void begin_run();

/// Appends an event with the caller's process, thread and time. `text` may be of any length.
/// Without a channel it does nothing. Under the controlled runtime the runtime fills in its own
/// ids, step and virtual time.
void append(protocol::EventKind kind, std::string_view name, std::string_view text,
            std::int64_t value, std::uint64_t object = 0, std::uint16_t flags = 0);

/// Like `append`, on behalf of another process.
void append_for(std::uint32_t process, protocol::EventKind kind, std::string_view name,
                std::int64_t value);

}  // namespace grader::harness
