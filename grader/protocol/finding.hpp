#pragma once

#include <cstdint>

namespace grader::protocol {

/// Kinds of findings as reports name them (design section 7).
enum class FindingKind : std::uint32_t {
  none = 0,
  data_race,
  deadlock,
  lost_wakeup,
  livelock,
  assertion,
  ordering,
  exit_code,
  crash,
  misuse,
  leak,
  timeout,
  unsupported_call,
  uncontrolled,
  tampering,
};

constexpr std::uint32_t kFindingLocations = 8;

/// What the runtime found out itself, as plain data in the channel.
struct FindingRecord {
  FindingKind kind;
  std::uint32_t thread;  ///< who ran into it
  std::uint64_t step;
  std::uint64_t object;
  std::uint64_t text_offset;  ///< the sentence for the user, in the text region; a "{n}" in it
                              ///< stands for the place locations[n]
  std::uint32_t text_size;
  std::uint32_t location_count;
  std::uint64_t locations[kFindingLocations];  ///< see make_location; most telling first
};

}  // namespace grader::protocol
