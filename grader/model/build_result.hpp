#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "model/finding.hpp"
#include "model/source_location.hpp"

namespace grader {

/// One message of the compiler or the linker.
struct Diagnostic {
  enum class Severity { warning, error } severity = Severity::error;
  SourceLocation location;  ///< in the student's file; line 0 for the linker
  std::string message;
};

/// The submission was compiled and linked.
struct Built {
  std::filesystem::path library;       ///< libsubmission.so of this submission
  std::filesystem::path program;       ///< the exercise's prebuilt scenarios
  std::vector<std::string> scenarios;  ///< "Suite.Name", in the order of the sources
  std::vector<Diagnostic> warnings;
  bool initialises_statics = true;  ///< loading the library runs code of the submission
};
/// The student's code does not compile or link.
struct DoesNotBuild {
  std::vector<Diagnostic> diagnostics;
};
/// A file that the rubric asks for is not there, or may not be used.
struct SubmissionRefused {
  std::string reason;
  std::vector<Finding> findings;
};
/// The grader could not do its work: the exercise does not build, the disk is full, …
struct BuildFailed {
  std::string reason;
};

using BuildResult = std::variant<Built, DoesNotBuild, SubmissionRefused, BuildFailed>;

}  // namespace grader
