#pragma once

#include <filesystem>
#include <string>

namespace grader {

/// A submission that a batch is to grade.
struct Candidate {
  std::string name;  ///< the student, as the gradebook names him or her; any bytes
  std::string file;  ///< safe name for the report's file; no two of a batch have the same
  std::filesystem::path directory;  ///< holds the files
  std::string problem;  ///< why it cannot be graded ("the archive is damaged"); empty: it can
};

}  // namespace grader
