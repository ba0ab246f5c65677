#pragma once

#include "base/result.hpp"
#include "model/rubric.hpp"
#include "model/submission.hpp"
#include "model/workspace.hpp"
#include "workspace/scratch.hpp"

namespace grader {

/// A workspace and the directory that it lives in.
struct PreparedWorkspace {
  ScratchDirectory scratch;
  Workspace workspace;
};

/// Largest source file that is accepted.
constexpr std::size_t kSourceBytesMax = std::size_t{1} << 20U;

/// Copies the files that the rubric lists under `submit` into a fresh private tree, together with
/// the exercise's headers; nothing else of the submission is taken. Only regular files are: a
/// missing file, a symbolic link, a FIFO, a device, a file over kSourceBytesMax, or one in UTF-16
/// is an ErrorKind::invalid_submission that says what to do. Contents are copied byte by byte.
Result<PreparedWorkspace> prepare(const Submission& submission, const Exercise& exercise,
                                  const Rubric& rubric);

}  // namespace grader
