#include "build/code_scan.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/source_text.hpp"
#include "build/elf_file.hpp"
#include "build/initialisation.hpp"

namespace grader {
namespace {

/// What g++ calls the initialisation of a file's static objects, and ThreadSanitizer's own.
constexpr std::string_view kInitialisation = "_GLOBAL__sub_I_";

bool is_ordinary_constructor(std::string_view name) {
  return name.starts_with(kInitialisation) || name == "_sub_I_00099_0";
}

bool runs_on_loading(std::string_view section) {
  constexpr std::array<std::string_view, 7> kSections = {
      ".init_array", ".preinit_array", ".fini_array", ".ctors", ".dtors", ".init", ".fini"};
  return std::any_of(kSections.begin(), kSections.end(), [&](std::string_view name) {
    return section == name || section.starts_with(std::string(name) + ".");
  });
}

bool holds_kernel_call(const Elf_Data& data) {
  const auto* bytes = static_cast<const unsigned char*>(data.d_buf);
  if (bytes == nullptr) return false;
  for (std::size_t i = 0; i + 1 < data.d_size; ++i) {
    const unsigned pair = bytes[i] << 8U | bytes[i + 1];
    if (pair == 0x0f05 || pair == 0x0f34 || pair == 0xcd80) return true;
  }
  return false;
}

/// The function at an offset of a section; the symbol that a relocation names when it is one.
std::string function_at(const ElfFile& file, const GElf_Sym& target, GElf_Sxword addend) {
  std::string found;
  const bool is_section = GELF_ST_TYPE(target.st_info) == STT_SECTION;
  const GElf_Addr offset = (is_section ? 0 : target.st_value) + static_cast<GElf_Addr>(addend);
  file.for_each_symbol(SHT_SYMTAB, [&](const GElf_Sym& symbol, const std::string& name) {
    if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx == target.st_shndx &&
        symbol.st_value == offset && !(is_ordinary_constructor(found) && !name.empty())) {
      found = name;
    }
  });
  return found;
}

/// Goes through the relocations of a section of constructors, a function each.
void scan_constructors(const ElfFile& file, const GElf_Shdr& header, Elf_Data* data,
                       const std::string& section, CodeScan& scan) {
  const std::size_t count = header.sh_entsize == 0 ? 0 : header.sh_size / header.sh_entsize;
  for (std::size_t i = 0; data != nullptr && i < count; ++i) {
    GElf_Rela relocation;
    if (gelf_getrela(data, static_cast<int>(i), &relocation) == nullptr) break;
    const GElf_Sym target = file.symbol(header.sh_link, GELF_R_SYM(relocation.r_info));
    const std::string name = function_at(file, target, relocation.r_addend);
    if (!is_ordinary_constructor(name)) scan.constructors.push_back(name.empty() ? section : name);
  }
}

}  // namespace

Result<CodeScan> scan_code(const std::filesystem::path& object) {
  GRADER_TRY(file, ElfFile::open(object));
  CodeScan scan;
  file.for_each_section([&](const GElf_Shdr& header, Elf_Data* data, std::size_t) {
    const std::string name = file.section_name(header);
    if (header.sh_type == SHT_RELA && name.starts_with(".rela") &&
        runs_on_loading(name.substr(5))) {
      scan_constructors(file, header, data, name.substr(5), scan);
    } else if ((name == ".init" || name == ".fini") && header.sh_size > 0) {
      scan.constructors.push_back(name);
    }
    if ((header.sh_flags & SHF_EXECINSTR) != 0 && data != nullptr && holds_kernel_call(*data)) {
      scan.may_call_the_kernel = true;
    }
  });
  file.for_each_symbol(SHT_SYMTAB, [&](const GElf_Sym& symbol, const std::string& name) {
    if (name.starts_with(kInitialisation) && !only_readies_streams(file, symbol)) {
      scan.initialises_statics = true;
    }
    if (name.find('@') != std::string::npos) scan.versioned.push_back(name);
    if (GELF_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC) scan.indirect.push_back(name);
  });
  return scan;
}

std::vector<std::string> kernel_calls(const std::string& disassembly) {
  std::vector<std::string> functions;
  std::string function = "code";
  std::size_t start = 0;
  while (start < disassembly.size()) {
    const std::size_t end = std::min(disassembly.find('\n', start), disassembly.size());
    const std::string line = disassembly.substr(start, end - start);
    start = end + 1;
    const std::size_t open = line.find(" <");
    if (open != std::string::npos && line.ends_with(">:")) {
      function = line.substr(open + 2, line.size() - open - 4);
      continue;
    }
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string instruction = line.substr(tab + 1);
    const bool found = instruction.starts_with("syscall") || instruction.starts_with("sysenter") ||
                       instruction.starts_with("int    $0x80");
    if (found && (functions.empty() || functions.back() != function)) functions.push_back(function);
  }
  return functions;
}

namespace {

bool holds_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

/// AVX-512 names the mask behind the operand that is written: behind one in memory it is a store.
bool stores_under_a_mask(const std::string& compiled) {
  constexpr std::string_view kMask = "{%k";
  for (std::size_t at = 0; (at = compiled.find(kMask, at)) != std::string::npos; ++at) {
    const std::size_t before = at == 0 ? std::string::npos : compiled.find_last_of(" \t,", at - 1);
    const std::size_t start = before == std::string::npos ? 0 : before + 1;
    if (compiled[start] != '%' || compiled[at - 1] == ')') return true;
  }
  return false;
}

/// Whether names can be put together in it, which then stand nowhere.
bool pastes(const std::string& code) { return holds_any(code, {"##", "%:%:", "?\?="}); }

}  // namespace

bool may_ask_for_no_instrumentation(const std::string& source) {
  const std::string code = splice_lines(source);
  return holds_any(code, {"sanit"}) || pastes(code);
}

bool may_hold_assembly(const std::string& source) {
  const std::string code = splice_lines(source);
  return holds_any(code, {"asm", "ia32", "_mm"}) || pastes(code);
}

bool holds_assembly(const std::string& compiled) {
  return compiled.starts_with("#APP\n") || holds_any(compiled, {"\n#APP\n"});
}

bool moves_unseen(const std::string& compiled) {
  return holds_any(compiled, {"\tmovnt", "\tvmovnt", "\tmaskmov", "\tvmaskmov", "\tvpmaskmov",
                              "\tmovdir", "\txsave", "\tfxsave", "\tvscatter", "\tvpscatter"}) ||
         stores_under_a_mask(compiled);
}

bool asks_for_no_instrumentation(const std::string& text) {
  return text.find("no_sanitize") != std::string::npos ||
         text.find("disable_sanitizer_instrumentation") != std::string::npos;
}

}  // namespace grader
