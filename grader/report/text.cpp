#include "report/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace grader {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct CodePoint {
  char32_t value;
  std::size_t size;  ///< bytes taken
};

/// Decodes the character at the front of `text`; a byte that begins none is U+FFFD.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || size > text.size()) return {kReplacement, 1};
  char32_t value = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {kReplacement, 1};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[size] || value > 0x10FFFF || surrogate) return {kReplacement, 1};
  return {value, size};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool in(char32_t value, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

/// Turn the direction of text, join or hide: a file name made of them reads as another.
constexpr Range kDeceptive[] = {
    {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE007F}};
constexpr Range kCombining[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},
                                {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
                                {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};
constexpr Range kWide[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},  {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},  {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

int width_of(char32_t value) {
  if (in(value, kCombining)) return 0;
  return in(value, kWide) ? 2 : 1;
}

}  // namespace

std::string harmless(std::string_view text, bool keep_newlines) {
  std::string safe;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (point.value == '\n') {
      safe += keep_newlines ? '\n' : ' ';
    } else if (point.value == '\t') {
      safe += ' ';
    } else if (point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0)) {
      safe += fmt::format("\\x{:02x}", static_cast<unsigned>(point.value));
    } else if (point.value == kReplacement) {
      safe += "\xEF\xBF\xBD";
    } else if (!in(point.value, kDeceptive)) {
      safe += text.substr(0, point.size);
    }
    text.remove_prefix(point.size);
  }
  return safe;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    width += width_of(point.value);
    text.remove_prefix(point.size);
  }
  return width;
}

std::string fit(std::string_view text, int width) {
  const int needed = display_width(text);
  if (needed <= width)
    return std::string(text) + std::string(static_cast<std::size_t>(width - needed), ' ');
  std::string cut;
  int used = 0;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (used + width_of(point.value) > width - 1) break;
    used += width_of(point.value);
    cut += text.substr(0, point.size);
    text.remove_prefix(point.size);
  }
  return cut + "…" + std::string(static_cast<std::size_t>(std::max(0, width - used - 1)), ' ');
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace grader
