#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// A symbol that an object file defines.
struct DefinedSymbol {
  std::string name;        ///< mangled, without its version
  bool is_strong = false;  ///< neither weak nor in a section that is shared with other files
  bool is_local = false;
};

/// The symbols that the relocatable object `file` defines, section and file names left out.
Result<std::vector<DefinedSymbol>> defined_symbols(const std::filesystem::path& file);

/// The names that the relocatable object `file` uses and does not define, mangled, without their
/// versions, sorted.
Result<std::vector<std::string>> used_names(const std::filesystem::path& file);

/// The names that the dynamic object `file` exports, sorted.
Result<std::vector<std::string>> exported_names(const std::filesystem::path& file);

/// The names that the dynamic object `file` needs from others, sorted. Weak ones, which it
/// can do without, are left out.
Result<std::vector<std::string>> needed_names(const std::filesystem::path& file);

/// The file of a library that this very process has loaded ("libc.so.6"); empty when it has not.
std::filesystem::path loaded_library(const std::string& soname);

/// "Worker::join()" for "_ZN6Worker4joinEv"; other names stay as they are.
std::string demangle(const std::string& name);

}  // namespace grader
