#include "cli/doctor_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cli/exit_codes.hpp"
#include "sandbox/launch.hpp"
#include "sandbox/layers.hpp"

namespace grader {
namespace {

using sandbox::Layer;

struct Tool {
  const char* program;
  const char* package;
  bool matters;
  const char* use;
};

constexpr std::array kTools = {
    Tool{"g++", "g++", true, "compiles submissions"},
    Tool{"objdump", "binutils", true, "looks for system calls in what was compiled"},
    Tool{"mold", "mold", false, "links twice as fast as the system's linker"},
    Tool{"gdb", "gdb", false, "replays a failure step by step (grader replay --gdb)"}};

std::vector<Layer> probe_tools() {
  std::vector<Layer> found;
  for (const Tool& tool : kTools) {
    const Result<std::string> path = sandbox::find_program(tool.program);
    found.push_back({tool.program, path.ok(), tool.matters,
                     path.ok() ? *path : fmt::format("not installed; it {}", tool.use),
                     path.ok() ? "" : fmt::format("apt install {}", tool.package)});
  }
  const bool sources = access("/usr/src/googletest/googletest/src/gtest-all.cc", R_OK) == 0;
  found.push_back({"GoogleTest's sources", sources, true,
                   sources ? "/usr/src/googletest" : "not installed; scenarios are built with them",
                   sources ? "" : "apt install googletest"});
  return found;
}

std::string mark(const Layer& layer, bool colour) {
  const char* word = layer.present ? "ok     " : (layer.matters ? "MISSING" : "without");
  if (!colour) return word;
  const char* code = layer.present ? "32" : (layer.matters ? "31" : "33");
  return fmt::format("\033[{}m{}\033[0m", code, word);
}

}  // namespace

int run_doctor(bool colour) {
  std::vector<Layer> all = probe_tools();
  const std::vector<Layer> layers = sandbox::probe_layers();
  all.insert(all.end(), layers.begin(), layers.end());
  for (const Layer& layer : all) {
    fmt::print("{}  {:<28}  {}\n", mark(layer, colour), layer.name, layer.detail);
    if (!layer.remedy.empty()) fmt::print("{:>9}to get it: {}\n", "", layer.remedy);
  }
  const bool ready = std::all_of(
      all.begin(), all.end(), [](const Layer& layer) { return layer.present || !layer.matters; });
  fmt::print("\n{}\n", ready ? "Untrusted submissions can be graded here."
                             : "Here `grader check` grades with what there is; `batch` and `ci` "
                               "refuse until what is missing is there.");
  return ready ? kExitPass : kExitInternal;
}

}  // namespace grader
