#pragma once

#include <vector>

#include "cli/verify_command.hpp"

namespace grader {

/// `grader verify --mutants`: prints, for each exercise, the sync mutants of its reference that the
/// rubric does not notice, and its mutation score. Returns how many problems there are.
std::size_t verify_mutants(const Installation& installation,
                           const std::vector<LoadedExercise>& exercises,
                           const VerifyArguments& arguments);

}  // namespace grader
