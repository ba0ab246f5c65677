#include "batch/names.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"

namespace grader {
namespace {

constexpr std::size_t kFileNameMax = 100;

/// Size of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none (RFC 3629:
/// no overlong forms, no surrogates, nothing above U+10FFFF).
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  const bool outside = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                       (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return outside ? 0 : size;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;  // C1 controls
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = utf8_size(text);
    const std::string_view character = text.substr(0, size == 0 ? 1 : size);
    if (size != 0 && !is_control(character)) {
      out += character;
    } else {
      for (const char c : character) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
      }
    }
    text.remove_prefix(character.size());
  }
  return out;
}

std::string safe_file_name(std::string_view text) {
  std::string name;
  for (const char c : text) name += is_plain(c) ? c : '_';
  if (name.empty() || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  if (name.size() > kFileNameMax) name.resize(kFileNameMax);
  if (name != text) name += "-" + sha256_hex(text).substr(0, 8);
  return name;
}

std::string csv_field(std::string_view text) {
  std::string field = printable(text);
  const bool formula =
      !field.empty() && std::string_view("=+-@").find(field[0]) != std::string::npos;
  if (formula) field.insert(0, "'");
  if (field.find_first_of("\",") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace grader
