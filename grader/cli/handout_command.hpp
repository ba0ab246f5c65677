#pragma once

#include <filesystem>

namespace grader {

struct HandoutArguments {
  std::filesystem::path output;  ///< must not be there yet
  std::filesystem::path root;    ///< the course; empty: found from here
};

/// `grader handout --output DIR`: writes what students get (batch/handout.hpp) and says what was
/// left out. Returns the exit status: 0, 2 usage, 4 a rubric that cannot be handed out, 70.
int run_handout(const HandoutArguments& arguments);

}  // namespace grader
