#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace grader::sandbox {

/// One layer of the sandbox, as this machine has it.
struct Layer {
  std::string name;
  bool present = false;
  bool matters = false;  ///< without it an untrusted submission is not to be graded
  std::string detail;    ///< what was found
  std::string remedy;    ///< how to get it; empty when it is there
};

/// Empty when programs can be isolated here, else why not: bwrap missing or refused, no filter of
/// system calls. Found out once, by isolating a program.
const std::string& isolation_works();

/// All layers, those that matter first.
std::vector<Layer> probe_layers();

/// Empty when all layers that matter are there, else which are missing and how to get them. Found
/// out once.
const std::string& missing_layers();

}  // namespace grader::sandbox
