#pragma once

#include "base/error.hpp"

namespace grader {

/// Exit statuses of every sub-command (design section 7).
constexpr int kExitPass = 0;
constexpr int kExitBelow = 1;  ///< below the pass mark, or something found
constexpr int kExitUsage = 2;
constexpr int kExitDoesNotBuild = 3;
constexpr int kExitInvalidRubric = 4;
constexpr int kExitInternal = 70;  ///< EX_SOFTWARE of sysexits.h: the grader's own fault

constexpr int exit_status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return kExitUsage;
    case ErrorKind::invalid_rubric:
      return kExitInvalidRubric;
    case ErrorKind::invalid_submission:
      return kExitDoesNotBuild;
    case ErrorKind::environment:
    case ErrorKind::internal:
      return kExitInternal;
  }
  return kExitInternal;
}

}  // namespace grader
