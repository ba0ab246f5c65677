#include "cli/handout_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "batch/handout.hpp"
#include "cli/exit_codes.hpp"

namespace grader {
namespace {

int fail(const Error& error) {
  fmt::print(stderr, "grader handout: {}\n", error.message);
  return exit_status_of(error.kind);
}

}  // namespace

int run_handout(const HandoutArguments& arguments) {
  const auto installation = find_installation(arguments.root);
  if (!installation) return fail(installation.error());
  const auto exercises = load_exercises(*installation, {});
  if (!exercises) return fail(exercises.error());
  const auto handout = write_handout(installation->root, *exercises, arguments.output);
  if (!handout) return fail(handout.error());
  fmt::print("{}: {} exercises; left out: {} hidden criteria, {} files of hidden scenarios\n",
             arguments.output.string(), handout->exercises.size(), handout->criteria_left_out,
             handout->scenario_files_left_out);
  return kExitPass;
}

}  // namespace grader
