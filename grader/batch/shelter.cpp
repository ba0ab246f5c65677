#include "batch/shelter.hpp"

#include <fmt/format.h>

#include "sandbox/enclosure.hpp"
#include "sandbox/layers.hpp"
#include "sandbox/sandbox.hpp"

namespace grader {

Shelter make_shelter(const Installation& installation, SandboxMode mode) {
  Shelter shelter;
  shelter.run = sandbox_runner(installation.libraries / "sandbox_init");
  if (mode == SandboxMode::off || !sandbox::isolation_works().empty()) return shelter;
  shelter.isolation = Isolation::namespaces;
  shelter.enclose = enclose;
  return shelter;
}

Status check_shelter(SandboxMode mode) {
  if (mode != SandboxMode::required) return success();
  const std::string& missing = sandbox::missing_layers();
  if (missing.empty()) return success();
  return Error{ErrorKind::environment,
               fmt::format("the sandbox is required, and this machine lacks {}; `grader doctor` "
                           "shows all of it, --sandbox auto grades with what there is",
                           missing)};
}

}  // namespace grader
