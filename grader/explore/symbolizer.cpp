#include "explore/symbolizer.hpp"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/regular_file.hpp"

namespace grader {
namespace {

std::string demangled(const char* name) {
  if (name == nullptr) return {};
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? std::string(text.get()) : name;
}

/// "./threads.cpp" -> "threads.cpp".
std::string clean_path(const char* path) {
  return path == nullptr ? std::string() : std::filesystem::path(path).lexically_normal().string();
}

int unsigned_attribute(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  const bool found =
      dwarf_attr(die, name, &attribute) != nullptr && dwarf_formudata(&attribute, &value) == 0;
  return found ? static_cast<int>(value) : 0;
}

std::string function_name(Dwarf_Die* die) {
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name}) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(die, name, &attribute) == nullptr) continue;
    if (const char* text = dwarf_formstring(&attribute)) return demangled(text);
  }
  return {};
}

/// An object file with its debug information, outside of any process.
class ModuleFile {
 public:
  explicit ModuleFile(const std::filesystem::path& path) {
    static char* no_debug_path = nullptr;
    static const Dwfl_Callbacks callbacks = {.find_elf = nullptr,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = dwfl_offline_section_address,
                                             .debuginfo_path = &no_debug_path};
    dwfl_.reset(dwfl_begin(&callbacks));
    if (!dwfl_) return;
    dwfl_report_begin(dwfl_.get());
    // A program under test can name any file as its module.
    Fd file = open_regular_file(path);
    if (file.valid()) {
      module_ = dwfl_report_offline(dwfl_.get(), "module", path.c_str(), file.get());
    }
    if (module_ != nullptr) static_cast<void>(file.release());  // it is the session's now
    dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  }

  std::vector<SourceLocation> frames(std::uint64_t offset) {
    if (module_ == nullptr) return {};
    GElf_Addr bias = 0;
    if (dwfl_module_getelf(module_, &bias) == nullptr) return {};
    const Dwarf_Addr address = offset + bias;
    std::vector<SourceLocation> found = inlined_frames(address);
    if (!found.empty()) return found;
    SourceLocation plain = line_at(address);
    plain.function = demangled(dwfl_module_addrname(module_, address));
    if (!plain.function.empty() || plain.line > 0) found.push_back(std::move(plain));
    return found;
  }

 private:
  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  struct Free {
    void operator()(Dwarf_Die* scopes) const { std::free(scopes); }
  };
  using Scopes = std::unique_ptr<Dwarf_Die, Free>;

  [[nodiscard]] SourceLocation line_at(Dwarf_Addr address) const {
    SourceLocation location;
    Dwfl_Line* line = dwfl_module_getsrc(module_, address);
    if (line == nullptr) return location;
    location.file = clean_path(
        dwfl_lineinfo(line, nullptr, &location.line, &location.column, nullptr, nullptr));
    return location;
  }

  /// Walks from the innermost scope outwards; each inlined call says where it was called.
  [[nodiscard]] std::vector<SourceLocation> inlined_frames(Dwarf_Addr address) const {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module_, address, &bias);
    if (unit == nullptr) return {};
    Dwarf_Die* raw = nullptr;
    if (dwarf_getscopes(unit, address - bias, &raw) <= 0) return {};
    const Scopes innermost(raw);
    Dwarf_Die* outer = nullptr;
    const int count = dwarf_getscopes_die(innermost.get(), &outer);
    const Scopes scopes(outer);
    Dwarf_Files* files = nullptr;
    if (count <= 0 || dwarf_getsrcfiles(unit, &files, nullptr) != 0) return {};
    std::vector<SourceLocation> found;
    SourceLocation here = line_at(address);
    for (int i = 0; i < count; ++i) {
      Dwarf_Die* scope = scopes.get() + i;
      const int tag = dwarf_tag(scope);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
      here.function = function_name(scope);
      found.push_back(here);
      if (tag == DW_TAG_subprogram) break;
      const auto file = static_cast<std::size_t>(unsigned_attribute(scope, DW_AT_call_file));
      here.file = clean_path(dwarf_filesrc(files, file, nullptr, nullptr));
      here.line = unsigned_attribute(scope, DW_AT_call_line);
      here.column = unsigned_attribute(scope, DW_AT_call_column);
    }
    return found;
  }

  std::unique_ptr<Dwfl, End> dwfl_;
  Dwfl_Module* module_ = nullptr;
};

}  // namespace

class Symbolizer::Impl {
 public:
  std::vector<SourceLocation> frames(const std::filesystem::path& module, std::uint64_t offset) {
    const std::lock_guard guard(mutex_);
    const auto key = std::pair(module.string(), offset);
    if (const auto known = frames_.find(key); known != frames_.end()) return known->second;
    const auto file = modules_.try_emplace(module.string(), nullptr).first;
    if (file->second == nullptr) file->second = std::make_unique<ModuleFile>(module);
    return frames_[key] = file->second->frames(offset);
  }

 private:
  std::mutex mutex_;  ///< guards everything below
  std::map<std::string, std::unique_ptr<ModuleFile>> modules_;
  std::map<std::pair<std::string, std::uint64_t>, std::vector<SourceLocation>> frames_;
};

Symbolizer::Symbolizer() : impl_(std::make_unique<Impl>()) {}
Symbolizer::~Symbolizer() = default;

std::vector<SourceLocation> Symbolizer::frames(const std::filesystem::path& module,
                                               std::uint64_t offset) {
  return impl_->frames(module, offset);
}

}  // namespace grader
