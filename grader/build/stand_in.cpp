#include "build/stand_in.hpp"

#include <fmt/format.h>

#include <set>

#include "build/symbols.hpp"

namespace grader {
namespace {

/// Names that every program gets from the system.
Result<std::set<std::string>> system_names() {
  std::set<std::string> names;
  for (const char* soname :
       {"libstdc++.so.6", "libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"}) {
    const std::filesystem::path library = loaded_library(soname);
    if (library.empty()) continue;
    GRADER_TRY(exported, exported_names(library));
    names.insert(exported.begin(), exported.end());
  }
  return names;
}

/// Virtual tables, type information and the like are data; all else that a header declares for a
/// submission is taken for a function.
bool is_data(const std::string& mangled) { return mangled.starts_with("_ZT"); }

}  // namespace

Result<std::vector<std::string>> names_left_to_submission(const std::filesystem::path& object) {
  GRADER_TRY(needed, needed_names(object));
  GRADER_TRY(given, system_names());
  std::vector<std::string> left;
  for (const std::string& name : needed) {
    if (!given.contains(name) && !name.starts_with("__tsan_")) left.push_back(name);
  }
  return left;
}

std::string stand_in_assembly(const std::vector<std::string>& names) {
  constexpr int kDataBytes = 512;  // more than any table of an exercise's interface
  std::string code = ".text\n";
  std::string data = ".data\n.balign 16\n";
  for (const std::string& name : names) {
    const char* type = is_data(name) ? "object" : "function";
    const std::string label = fmt::format(".globl {0}\n.type {0}, @{1}\n{0}:\n", name, type);
    if (is_data(name)) {
      data += label + fmt::format("  .zero {0}\n.size {1}, {0}\n", kDataBytes, name);
    } else {
      code += label + fmt::format("  ud2\n.size {0}, 2\n", name);
    }
  }
  return code + data + ".section .note.GNU-stack,\"\",@progbits\n";
}

}  // namespace grader
