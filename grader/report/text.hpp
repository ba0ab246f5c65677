#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace grader {

/// Text as it may be shown anywhere: control characters become visible ("\x1b"), bytes that are not
/// UTF-8 become U+FFFD, characters that turn the direction of text or hide are dropped. Newlines
/// stay when `keep_newlines`, else they become spaces.
std::string harmless(std::string_view text, bool keep_newlines = false);

/// Columns that a terminal takes for harmless text: combining marks none, wide characters two.
int display_width(std::string_view text);

/// `text` and as many spaces as make it `width` columns; cut with "…" when it is longer.
std::string fit(std::string_view text, int width);

/// Breaks harmless text at spaces into lines of at most `width` columns; longer words stay whole.
std::vector<std::string> wrap(std::string_view text, int width);

}  // namespace grader
