#pragma once

#include <compare>
#include <string>

namespace grader {

/// A place in a source file. `file` is relative to the submission (or the exercise) where it can
/// be.
struct SourceLocation {
  std::string file;
  int line = 0;    ///< from 1; 0 when unknown
  int column = 0;  ///< from 1; 0 when unknown
  std::string function;

  auto operator<=>(const SourceLocation&) const = default;
};

}  // namespace grader
