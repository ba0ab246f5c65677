#pragma once

#include <string>
#include <vector>

#include "protocol/run_options.hpp"

namespace grader {

// Every key and every word that a rubric may hold. docs/rubric_format.md explains each; a test
// holds the two together.
using Keys = std::vector<std::string>;

const Keys& rubric_keys();
const Keys& limits_keys();
const Keys& explore_keys();
const Keys& late_keys();
/// Keys that every criterion may have.
const Keys& criterion_keys();
/// Keys of the check numbered as in CheckParameters.
const Keys& check_keys(std::size_t check);
const Keys& makespan_keys();
const Keys& benchmark_keys();
const Keys& selector_keys();
/// Keys of the pattern numbered as in PatternKind.
const Keys& pattern_keys(std::size_t pattern);

const Keys& check_names();
const Keys& pattern_names();
const Keys& credit_names();
const Keys& visibility_names();
const Keys& mode_names();
const Keys& points_names();
/// Sequential specifications for `linearizable`.
const Keys& specification_names();

struct NamedStrategy {
  const char* name;
  protocol::StrategyKind kind;
};
/// What `explore.strategies` may name, besides `portfolio`.
const std::vector<NamedStrategy>& named_strategies();

/// All of the above, sorted, each once.
Keys all_rubric_words();

}  // namespace grader
