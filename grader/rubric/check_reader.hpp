#pragma once

#include "model/rubric.hpp"
#include "rubric/pattern_reader.hpp"

namespace grader {

/// The members of a criterion that belong to its check, which has number `check` in
/// CheckParameters.
CheckParameters read_check(MapReader& criterion, std::size_t check, const ReadContext& context);

}  // namespace grader
