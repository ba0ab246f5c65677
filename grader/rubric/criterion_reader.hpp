#pragma once

#include <vector>

#include "model/rubric.hpp"
#include "rubric/pattern_reader.hpp"

namespace grader {

/// The list `criteria:`. Checked besides each one's members: ids are different, `requires` names
/// earlier criteria, every glob of `scenarios` matches a scenario of the exercise.
std::vector<Criterion> read_criteria(const YamlNode& node, const ReadContext& context);

}  // namespace grader
