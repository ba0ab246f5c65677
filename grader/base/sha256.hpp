#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace grader {

/// SHA-256 (FIPS 180-4), fed piece by piece. Used to name things by their content.
class Sha256 {
 public:
  Sha256();

  void update(std::string_view bytes);

  /// Adds the size before the bytes, so that ("ab", "c") and ("a", "bc") differ.
  void update_field(std::string_view field);

  /// The digest as 64 lower-case hexadecimal digits. The object is spent afterwards.
  [[nodiscard]] std::string hex_digest();

 private:
  void add_block(const unsigned char* block);

  std::array<std::uint32_t, 8> state_;
  std::array<unsigned char, 64> pending_{};
  std::size_t pending_size_ = 0;
  std::uint64_t size_ = 0;
};

/// Digest of one text.
std::string sha256_hex(std::string_view bytes);

}  // namespace grader
