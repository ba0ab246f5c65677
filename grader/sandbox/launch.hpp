#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "model/enclosure.hpp"
#include "model/process_run.hpp"
#include "sandbox/child_setup.hpp"

namespace grader::sandbox {

struct Pipe {
  Fd read;
  Fd write;
};

/// Everything that a ChildPlan points to. Not to be moved once it is prepared.
struct Launch {
  std::string program;
  std::vector<std::string> argument_storage;
  std::vector<std::string> environment_storage;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  std::vector<int> kept_fds;
  Fd stdin_fd;
  Fd stdout_fd;
  Fd stderr_fd;
  Pipe control;
  Pipe result;
  Pipe inner_result;  ///< of the first process inside the enclosure, when there is one
  Enclosure enclosure;
  ChildPlan plan;
};

/// Where `name` is, searched for in PATH when it has no slash.
Result<std::string> find_program(const std::string& name);

/// Prepares the run of `request`; `init` is the program sandbox_init, used when it is isolated.
Status prepare(const ProcessRequest& request, const std::filesystem::path& init, Launch& launch);

}  // namespace grader::sandbox
