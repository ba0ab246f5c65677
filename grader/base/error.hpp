#pragma once

#include <string>
#include <utility>

namespace grader {

/// Whose fault an error is; it decides the exit status (see cli/exit_codes.hpp).
enum class ErrorKind {
  usage,               ///< the command line asks for something that does not exist
  invalid_rubric,      ///< a rubric or an exercise is wrong
  invalid_submission,  ///< the submission is wrong: missing file, broken archive, does not build
  environment,         ///< this machine lacks something that is needed
  internal,            ///< the grader's own fault, or a system call that should not fail
};

/// A failure as a value. `message` is a whole sentence for the user of the command line: what is
/// wrong, where (file:line when there is one), and what to do.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  /// The same error with what was being done in front: "reading X: No such file or directory".
  [[nodiscard]] Error while_doing(const std::string& what) const {
    return Error{kind, what + ": " + message};
  }
};

}  // namespace grader
