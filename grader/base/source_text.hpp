#pragma once

#include <string>
#include <string_view>

namespace grader {

/// C++ source with the lines joined that end in a backslash, as the compiler sees it.
std::string splice_lines(std::string_view source);

/// Whether C++ source may give its lines another file's name in the debug information: it holds
/// something like `#line`. True also where that stands in a comment or a string; never false when
/// there is such a directive.
bool may_rename_lines(std::string_view source);

}  // namespace grader
