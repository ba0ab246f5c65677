#pragma once

#include "base/result.hpp"
#include "batch/grading.hpp"
#include "model/enclosure.hpp"
#include "model/process_run.hpp"

namespace grader {

/// How a grading's programs are shut off from the machine.
struct Shelter {
  RunProcess run;
  Isolation isolation = Isolation::none;
  Enclose enclose;  ///< empty where nothing is isolated
};

/// What `mode` asks for and this machine can do: isolation when it works here, unless it is off.
Shelter make_shelter(const Installation& installation, SandboxMode mode);

/// An ErrorKind::environment that names the layers missing, and how to get them, when `mode`
/// requires them; to be asked before the first grading.
Status check_shelter(SandboxMode mode);

}  // namespace grader
