#pragma once

#include <filesystem>
#include <string>

namespace grader {

/// What a student handed in for one exercise, still as found: nothing is trusted yet.
struct Submission {
  std::string name;                 ///< who, as the gradebook shows it; "working copy" for `check`
  std::filesystem::path directory;  ///< holds the files that the rubric lists under `submit`
  /// What a replay names it by, from the folder that the user is in; empty: the working copy, or a
  /// submission of a batch, whose place the replaying person has to name.
  std::string replay_name = {};
};

}  // namespace grader
