#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/fd.hpp"
#include "base/posix.hpp"

namespace grader {

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

  /// Calls `visit(header, data, index)` for each section; data may be null.
  template <typename Visit>
  void for_each_section(Visit visit) const {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr) continue;
      visit(header, elf_getdata(section, nullptr), elf_ndxscn(section));
    }
  }
  [[nodiscard]] std::string section_name(const GElf_Shdr& header) const {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf_.get(), &names) != 0) return "";
    const char* name = elf_strptr(elf_.get(), names, header.sh_name);
    return name != nullptr ? name : "";
  }
  [[nodiscard]] GElf_Sym symbol(std::size_t table, std::size_t index) const {
    GElf_Sym symbol{};
    Elf_Scn* section = elf_getscn(elf_.get(), table);
    Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
    if (data == nullptr || gelf_getsym(data, static_cast<int>(index), &symbol) == nullptr) {
      return GElf_Sym{};
    }
    return symbol;
  }

  /// "" for a section's own symbol, and for one without a name.
  [[nodiscard]] std::string name_of(const GElf_Sym& symbol, std::size_t table) const {
    Elf_Scn* section = elf_getscn(elf_.get(), table);
    GElf_Shdr header;
    if (section == nullptr || gelf_getshdr(section, &header) == nullptr) return "";
    const char* name = elf_strptr(elf_.get(), header.sh_link, symbol.st_name);
    return name != nullptr ? name : "";
  }

 private:
  struct End {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  ElfFile(Fd fd, Elf* elf) : fd_(std::move(fd)), elf_(elf) {}
  Fd fd_;
  std::unique_ptr<Elf, End> elf_;
};

}  // namespace grader
