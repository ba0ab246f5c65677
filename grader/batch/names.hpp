#pragma once

#include <string>
#include <string_view>

namespace grader {

/// The text with control characters and bytes that are no UTF-8 written as \xNN: safe to print.
std::string printable(std::string_view text);

/// A file name made from any text: letters, digits, '.', '_' and '-' are kept, the rest becomes
/// '_', and it starts with neither '.' nor '-'. When anything was changed, eight digits of the
/// text's SHA-256 follow, so that different texts give different names.
std::string safe_file_name(std::string_view text);

/// One field of a CSV line (RFC 4180), made harmless for spreadsheets: a text that one would take
/// for a formula gets an apostrophe in front.
std::string csv_field(std::string_view text);

}  // namespace grader
