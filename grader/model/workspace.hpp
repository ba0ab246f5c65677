#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace grader {

/// An exercise on disk: what the author wrote.
struct Exercise {
  std::string slug;
  std::filesystem::path directory;             ///< exercises/<slug>
  std::vector<std::filesystem::path> headers;  ///< the fixed interface
  std::vector<std::filesystem::path> scenarios;
};

/// A fresh tree in which one submission is built and run. Only the files that the rubric lists are
/// the student's; everything else is the exercise's. Removed by its owner (workspace/scratch.hpp).
struct Workspace {
  std::filesystem::path root;
  std::filesystem::path sources;                     ///< root/sources: the student's listed files
  std::filesystem::path interface;                   ///< root/interface: the exercise's headers
  std::vector<std::filesystem::path> student_files;  ///< relative to `sources`
  Exercise exercise;
};

}  // namespace grader
