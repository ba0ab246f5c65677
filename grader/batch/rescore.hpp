#pragma once

#include "model/grade.hpp"
#include "model/rubric.hpp"

namespace grader {

/// The grade that the kept verdicts come to by this rubric, which may differ from the one that they
/// were given under in points, pass mark, titles, hints, visibility, bonus, caps (see content_key).
/// Late days are not counted: the gradebook does.
Grade rescore(const Grade& kept, const Rubric& rubric);

}  // namespace grader
