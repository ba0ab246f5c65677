#include "build/symbols.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

#include "base/fd.hpp"
#include "base/posix.hpp"

namespace grader {
namespace {

/// An ELF file that is open for reading.
class ElfFile {
 public:
  static Result<ElfFile> open(const std::filesystem::path& path) {
    if (elf_version(EV_CURRENT) == EV_NONE) return Error{ErrorKind::internal, "libelf is too old"};
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return errno_error("reading " + path.string());
    Elf* elf = elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr);
    if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) {
      elf_end(elf);
      return Error{ErrorKind::internal, fmt::format("{} is not an ELF file", path.string())};
    }
    return ElfFile(std::move(fd), elf);
  }
  /// Calls `visit(symbol, name)` for each symbol of the tables of `type`.
  template <typename Visit>
  void for_each_symbol(GElf_Word type, Visit visit) const {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr || header.sh_type != type) continue;
      Elf_Data* data = elf_getdata(section, nullptr);
      if (data == nullptr || header.sh_entsize == 0) continue;
      const std::size_t count = header.sh_size / header.sh_entsize;
      for (std::size_t i = 0; i < count; ++i) {
        GElf_Sym symbol;
        if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
        const char* name = elf_strptr(elf_.get(), header.sh_link, symbol.st_name);
        if (name != nullptr && *name != '\0') visit(symbol, std::string(name));
      }
    }
  }
  /// Whether section `index` is one that the linker keeps a single copy of (inline functions).
  [[nodiscard]] bool is_shared_section(std::size_t index) const {
    Elf_Scn* section = elf_getscn(elf_.get(), index);
    GElf_Shdr header;
    return section != nullptr && gelf_getshdr(section, &header) != nullptr &&
           (header.sh_flags & SHF_GROUP) != 0;
  }

 private:
  struct End {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  ElfFile(Fd fd, Elf* elf) : fd_(std::move(fd)), elf_(elf) {}
  Fd fd_;
  std::unique_ptr<Elf, End> elf_;
};

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
