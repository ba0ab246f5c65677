#include "build/symbols.hpp"

#include <cxxabi.h>
#include <gelf.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

#include "build/elf_file.hpp"

namespace grader {
namespace {

bool names_something(const GElf_Sym& symbol) {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  return type != STT_SECTION && type != STT_FILE;
}

std::string without_version(std::string name) {
  if (const std::size_t at = name.find('@'); at != std::string::npos && at > 0) name.resize(at);
  return name;
}

Result<std::vector<std::string>> dynamic_names(const std::filesystem::path& path, bool defined) {
  GRADER_TRY(file, ElfFile::open(path));
  std::set<std::string> names;
  file.for_each_symbol(SHT_DYNSYM, [&](const GElf_Sym& symbol, const std::string& name) {
    const bool optional = !defined && GELF_ST_BIND(symbol.st_info) == STB_WEAK;
    if ((symbol.st_shndx != SHN_UNDEF) == defined && !optional && names_something(symbol)) {
      names.insert(name);
    }
  });
  return std::vector<std::string>(names.begin(), names.end());
}

}  // namespace

Result<std::vector<DefinedSymbol>> defined_symbols(const std::filesystem::path& path) {
  GRADER_TRY(file, ElfFile::open(path));
  std::vector<DefinedSymbol> found;
  file.for_each_symbol(SHT_SYMTAB, [&](const GElf_Sym& symbol, const std::string& name) {
    if (symbol.st_shndx == SHN_UNDEF || !names_something(symbol)) return;
    const bool global = GELF_ST_BIND(symbol.st_info) == STB_GLOBAL;
    const bool shared = file.is_shared_section(symbol.st_shndx);
    const bool weak_and_shared = !global && shared;
    found.push_back(
        {without_version(name), !weak_and_shared, GELF_ST_BIND(symbol.st_info) == STB_LOCAL});
  });
  return found;
}

Result<std::vector<std::string>> used_names(const std::filesystem::path& path) {
  GRADER_TRY(file, ElfFile::open(path));
  std::set<std::string> names;
  file.for_each_symbol(SHT_SYMTAB, [&](const GElf_Sym& symbol, const std::string& name) {
    if (symbol.st_shndx == SHN_UNDEF && !name.empty()) names.insert(without_version(name));
  });
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> exported_names(const std::filesystem::path& file) {
  return dynamic_names(file, true);
}

Result<std::vector<std::string>> needed_names(const std::filesystem::path& file) {
  return dynamic_names(file, false);
}

std::filesystem::path loaded_library(const std::string& soname) {
  struct Search {
    const std::string& soname;
    std::filesystem::path found;
  } search{soname, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* raw) {
        auto& wanted = *static_cast<Search*>(raw);
        const std::filesystem::path path(info->dlpi_name != nullptr ? info->dlpi_name : "");
        if (path.filename() != wanted.soname) return 0;
        wanted.found = path;
        return 1;
      },
      &search);
  return search.found;
}

std::string demangle(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 && text ? std::string(text.get()) : name;
}

}  // namespace grader
