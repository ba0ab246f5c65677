#pragma once

#include <vector>

#include "model/rubric.hpp"
#include "rubric/exercise_facts.hpp"
#include "rubric/readers.hpp"

namespace grader {

/// What readers need to know besides the YAML.
struct ReadContext {
  Problems& problems;
  const ExerciseFacts* exercise = nullptr;  ///< nullptr: nothing is checked against an exercise
};

/// An event: a name, or `{name: …, where: {attribute: value}}`. A name that neither the harness
/// nor any text of the scenarios has is a problem: a pattern on it would say nothing.
EventSelector read_selector(const YamlNode& node, const ReadContext& context);

/// A list of `{<pattern>: {…}}`.
std::vector<Pattern> read_patterns(const YamlNode& node, std::string_view what,
                                   const ReadContext& context);

}  // namespace grader
