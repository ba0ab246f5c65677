#include "runtime/library_code.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

struct Range {
  std::uintptr_t begin, end;
};

// Sorted. It grows when a module is loaded, which is rare: a mapping of its own each time will do.
Range* ranges = nullptr;
std::size_t ranges_used = 0;

// A file that is mapped while we look at it.
struct Image {
  const char* bytes = nullptr;
  std::size_t size = 0;

  explicit Image(const char* path) {
    const long fd = raw_syscall(SYS_open, address_of(path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat status {};
    if (raw_syscall(SYS_fstat, fd, address_of(&status)) == 0 && status.st_size > 0) {
      const long at = raw_syscall(SYS_mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
      if (at > 0 || at < -4095) {
        bytes = reinterpret_cast<const char*>(at);
        size = static_cast<std::size_t>(status.st_size);
      }
    }
    raw_syscall(SYS_close, fd);
  }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  ~Image() {
    if (bytes != nullptr) raw_syscall(SYS_munmap, address_of(bytes), static_cast<long>(size));
  }

  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t count) const {
    return bytes != nullptr && offset <= size && count <= size - offset;
  }
};

// As the Itanium ABI mangles what is in std, __gnu_cxx and std's short names, local functions'
// lambdas included, and the static functions by which libstdc++ calls POSIX.
bool is_library_name(const char* name) {
  if (std::strncmp(name, "_Z", 2) != 0) return false;
  name += 2;
  while (*name == 'Z') ++name;
  if (*name == 'L') {
    while (*name == 'L' || (*name >= '0' && *name <= '9')) ++name;
    return std::strncmp(name, "__gthread_", 10) == 0;
  }
  const bool nested = *name == 'N';
  if (nested) ++name;
  while (nested && (*name == 'K' || *name == 'V' || *name == 'R' || *name == 'O')) ++name;
  if (std::strncmp(name, "9__gnu_cxx", 10) == 0) return nested;
  return *name == 'S' && name[1] != '\0' && std::strchr("tabsiod", name[1]) != nullptr;
}

// Calls `each` with every symbol of a library function in `table`.
template <typename Each>
void for_library_symbols(const Image& image, const Elf64_Shdr& table, const Elf64_Shdr& names,
                         Each each) {
  if (!image.holds(table.sh_offset, table.sh_size)) return;
  if (!image.holds(names.sh_offset, names.sh_size) || names.sh_size == 0) return;
  const char* text = image.bytes + names.sh_offset;
  if (text[names.sh_size - 1] != '\0') return;
  const auto* symbols = reinterpret_cast<const Elf64_Sym*>(image.bytes + table.sh_offset);
  for (std::size_t i = 0; i < table.sh_size / sizeof(Elf64_Sym); ++i) {
    const Elf64_Sym& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_size == 0) continue;
    if (symbol.st_name < names.sh_size && is_library_name(text + symbol.st_name)) each(symbol);
  }
}

// Finds the full symbol table and its names.
bool find_symbols(const Image& image, const Elf64_Shdr*& table, const Elf64_Shdr*& names) {
  if (!image.holds(0, sizeof(Elf64_Ehdr))) return false;
  const auto& header = *reinterpret_cast<const Elf64_Ehdr*>(image.bytes);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr)) {
    return false;
  }
  if (!image.holds(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr)))
    return false;
  const auto* sections = reinterpret_cast<const Elf64_Shdr*>(image.bytes + header.e_shoff);
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header.e_shnum) continue;
    table = &sections[i];
    names = &sections[sections[i].sh_link];
    return true;
  }
  return false;
}

// `ranges` with room for `more`; false when there is no memory.
bool make_room(std::size_t more) {
  const std::size_t bytes = (ranges_used + more) * sizeof(Range);
  const long at = raw_syscall(SYS_mmap, 0, static_cast<long>(bytes), PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at < 0 && at >= -4095) return false;
  auto* grown = reinterpret_cast<Range*>(at);
  if (ranges_used > 0) std::memcpy(grown, ranges, ranges_used * sizeof(Range));
  const std::size_t used = ranges_used;
  forget_library_code();
  ranges = grown;
  ranges_used = used;
  return true;
}

}  // namespace

void learn_library_code(const char* path, std::uintptr_t bias) {
  const Image image(path);
  const Elf64_Shdr* table = nullptr;
  const Elf64_Shdr* names = nullptr;
  if (!find_symbols(image, table, names)) return;
  std::size_t count = 0;
  for_library_symbols(image, *table, *names, [&count](const Elf64_Sym&) { ++count; });
  if (count == 0 || !make_room(count)) return;
  for_library_symbols(image, *table, *names, [bias](const Elf64_Sym& symbol) {
    ranges[ranges_used++] = {bias + symbol.st_value, bias + symbol.st_value + symbol.st_size};
  });
  std::sort(ranges, ranges + ranges_used,
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
}

void forget_library_code() {
  // The size does not matter to anybody but the kernel, which rounds it up as mmap did.
  if (ranges != nullptr) {
    raw_syscall(SYS_munmap, address_of(ranges), static_cast<long>(ranges_used * sizeof(Range)));
  }
  ranges = nullptr;
  ranges_used = 0;
}

bool is_library_code(std::uintptr_t address) {
  const Range* begin = ranges;
  const Range* end = begin + ranges_used;
  const Range* after = std::upper_bound(
      begin, end, address, [](std::uintptr_t at, const Range& range) { return at < range.begin; });
  return after != begin && address < (after - 1)->end;
}

}  // namespace grader::runtime
