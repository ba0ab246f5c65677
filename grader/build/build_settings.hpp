#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "model/process_run.hpp"

namespace grader {

/// Where the build stage finds its tools, and whom it tells what it does.
struct BuildSettings {
  std::filesystem::path root;       ///< holds grader/harness and grader/protocol
  std::filesystem::path libraries;  ///< holds libharness.a and native/libtsan.so.2
  std::filesystem::path cache;      ///< what is built once; created when missing
  std::filesystem::path googletest = "/usr/src/googletest/googletest";
  std::string compiler = "g++";
  RunProcess run;                                  ///< the sandbox
  Isolation isolation = Isolation::none;           ///< of what compiles a student's file
  std::function<void(std::string_view)> progress;  ///< told of each long step; may be empty
};

}  // namespace grader
