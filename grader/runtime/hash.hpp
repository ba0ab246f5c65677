#pragma once

#include <cstdint>

namespace grader::runtime {

/// The finaliser of MurmurHash3 over a running value: enough to tell traces apart.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t h = hash * 0x9E37'79B9'7F4A'7C15ULL + value + 0x2545'F491'4F6C'DD1DULL;
  h ^= h >> 33U;
  h *= 0xFF51'AFD7'ED55'8CCDULL;
  h ^= h >> 33U;
  h *= 0xC4CE'B9FE'1A85'EC53ULL;
  return h ^ (h >> 33U);
}

}  // namespace grader::runtime
