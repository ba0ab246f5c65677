#include "base/source_text.hpp"

#include <algorithm>
#include <array>

namespace grader {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r";

/// The text after blanks and comments; a directive may have both behind its number sign.
std::string_view skip_space(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (!text.starts_with("/*")) return text;
    const std::size_t end = text.find("*/", 2);
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 2);
  }
}

}  // namespace

std::string splice_lines(std::string_view source) {
  std::string code;
  for (std::size_t i = 0; i < source.size(); ++i) {
    std::size_t next = i + 1;
    while (source[i] == '\\' && next < source.size() &&
           std::string_view(" \t\r").find(source[next]) != std::string_view::npos) {
      ++next;
    }
    if (source[i] == '\\' && next < source.size() && source[next] == '\n') {
      i = next;
    } else {
      code += source[i];
    }
  }
  return code;
}

bool may_rename_lines(std::string_view source) {
  const std::string code = splice_lines(source);
  constexpr std::array<std::string_view, 3> kNumberSigns = {"#", "%:", "?\?="};
  return std::any_of(kNumberSigns.begin(), kNumberSigns.end(), [&](std::string_view sign) {
    for (std::size_t at = code.find(sign); at != std::string::npos; at = code.find(sign, at + 1)) {
      const std::string_view rest = skip_space(std::string_view(code).substr(at + sign.size()));
      if (rest.starts_with("line")) return true;
      if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') return true;
    }
    return false;
  });
}

}  // namespace grader
