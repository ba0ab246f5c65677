#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/grade.hpp"

namespace grader {

/// A grade as text that keeps all of it, so that the journal can give it back: for resuming, for
/// an identical submission, and to score it again. Not a report (see report/), and read by the same
/// version of the grader only: its content is part of the key under which it is kept.
std::string encode_grade(const Grade& grade);

/// What encode_grade was given. An error when the text is not of its making.
Result<Grade> decode_grade(std::string_view text);

}  // namespace grader
