#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "protocol/run_options.hpp"

namespace grader::testing {

/// A program of fixtures/programs or fixtures/conformance, as its first lines describe it.
struct FixtureProgram {
  std::string name;
  std::string path;    ///< of the executable, built with -fsanitize=thread
  std::string expect;  ///< what must be found; "none"
  protocol::Points points = protocol::Points::sync;
  bool has_processes = false;
  bool false_report = false;  ///< correct, but ThreadSanitizer alone complains
};

/// Names of parameterised tests hold it: without this the bytes of the struct.
inline void PrintTo(const FixtureProgram& program, std::ostream* out) { *out << program.name; }

/// All of `folder` ("programs", "conformance"), by name.
std::vector<FixtureProgram> fixture_programs(const std::string& folder);

}  // namespace grader::testing
