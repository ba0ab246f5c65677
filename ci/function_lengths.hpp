#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace grader::style {

struct FunctionLength {
  std::size_t line = 0;   ///< of the opening brace, from 1
  std::size_t lines = 0;  ///< from the opening to the closing brace, both counted
};

/// The outermost functions of a C++ text. Finds blocks by their braces, not by parsing: comments,
/// literals (raw ones too) and preprocessor lines are passed over; a block whose head has a
/// parameter list, and is not of a class, enumeration or namespace, is a function.
std::vector<FunctionLength> function_lengths(std::string_view text);

/// The text with comments and literals blanked, line by line as long as before; its preprocessor
/// lines are kept as they are. What looks like a directive inside a raw string is gone.
std::string directives_and_code(std::string_view text);

}  // namespace grader::style
