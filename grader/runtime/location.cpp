#include "runtime/location.hpp"

#include <limits.h>
#include <link.h>
#include <unwind.h>

#include <cstring>

#include "runtime/hash.hpp"
#include "runtime/known_frames.hpp"
#include "runtime/library_code.hpp"
#include "runtime/local.hpp"
#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

constexpr std::size_t kModulesMax = protocol::kModulesMax;

struct LoadedModule {
  std::uintptr_t begin, end;  ///< addresses it covers
  std::uintptr_t bias;
  bool is_system;  ///< the C or C++ library, or the runtime: not where mistakes are made
  char path[PATH_MAX];
};

struct ModuleTable {
  LoadedModule modules[kModulesMax];
  std::uint32_t index_in_channel[kModulesMax];  ///< from 1; 0: not told yet
  std::size_t size;
};
ModuleTable table;

bool starts_with(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// A shared library of the system, or of ours.
bool is_system_path(const char* path) {
  if (std::strstr(path, "libgrader_runtime.so") != nullptr) return true;
  if (std::strstr(path, "libtsan.so") != nullptr) return true;
  const bool in_system = starts_with(path, "/lib") || starts_with(path, "/usr/lib") ||
                         starts_with(path, "/usr/local/lib") || starts_with(path, "linux-vdso");
  return in_system && std::strstr(path, ".so") != nullptr;
}

int add_module(dl_phdr_info* info, std::size_t, void*) {
  if (table.size == kModulesMax) return 1;
  LoadedModule& m = table.modules[table.size];
  m.begin = UINTPTR_MAX;
  m.end = 0;
  m.bias = info->dlpi_addr;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    const std::uintptr_t end = begin + segment.p_memsz;
    if (begin < m.begin) m.begin = begin;
    if (end > m.end) m.end = end;
  }
  const bool is_program = info->dlpi_name == nullptr || info->dlpi_name[0] == '\0';
  if (is_program && table.size == 0) {
    const long n = raw_syscall(SYS_readlink, address_of("/proc/self/exe"), address_of(m.path),
                               sizeof m.path - 1);
    m.path[n > 0 ? n : 0] = '\0';
  } else {
    std::strncpy(m.path, info->dlpi_name, sizeof m.path - 1);
  }
  m.is_system = !is_program && is_system_path(m.path);
  if (!m.is_system) learn_library_code(m.path, m.bias);
  ++table.size;
  return 0;
}

LoadedModule* module_of(std::uintptr_t address) {
  static std::size_t last = 0;
  const auto covers = [address](const LoadedModule& m) {
    return address >= m.begin && address < m.end;
  };
  if (last < table.size && covers(table.modules[last])) return &table.modules[last];
  for (std::size_t i = 0; i < table.size; ++i) {
    if (!covers(table.modules[i])) continue;
    last = i;
    return &table.modules[i];
  }
  return nullptr;
}

bool same_path(const protocol::Module& told, const char* path, std::size_t size) {
  return told.path_size == size &&
         std::memcmp(local.channel.text() + told.path_offset, path, size) == 0;
}

// The module's index in the channel, where every process of the run finds the same one.
std::uint32_t index_in_channel(std::size_t i) {
  std::uint32_t& index = table.index_in_channel[i];
  if (index != 0) return index;
  protocol::ChannelHeader& h = local.channel.header();
  const std::size_t size = std::strlen(table.modules[i].path);
  const std::uint32_t used = h.modules_used.load(std::memory_order_acquire);
  for (std::uint32_t k = 0; k < used && k < protocol::kModulesMax; ++k) {
    if (same_path(h.modules[k], table.modules[i].path, size)) return index = k + 1;
  }
  if (used >= protocol::kModulesMax) return 0;
  auto told_size = static_cast<std::uint32_t>(size);
  h.modules[used].path_offset = local.channel.append_text(table.modules[i].path, told_size);
  h.modules[used].path_size = told_size;
  h.modules_used.store(used + 1, std::memory_order_release);
  return index = used + 1;
}

std::uint64_t location_in(const LoadedModule& m, std::uintptr_t address) {
  const auto i = static_cast<std::size_t>(&m - table.modules);
  const std::uint32_t index = index_in_channel(i);
  return index != 0 ? protocol::make_location(index, address - m.bias) : 0;
}

bool is_programs(std::uintptr_t address, const LoadedModule*& module) {
  module = module_of(address);
  return module != nullptr && !module->is_system && !is_library_code(address);
}

struct Search {
  std::uint64_t found = 0;
  int frames = 0;
  Frame frame;  // the last one looked at
};

constexpr int kFramesMax = 64;
constinit KnownFrames known_frames;

_Unwind_Reason_Code look_at_frame(_Unwind_Context* context, void* argument) {
  auto* search = static_cast<Search*>(argument);
  if (++search->frames > kFramesMax) return _URC_END_OF_STACK;
  const Frame frame{_Unwind_GetIP(context), _Unwind_GetCFA(context)};
  if (frame.address == 0) return _URC_END_OF_STACK;
  if (search->frame.address != 0) known_frames.note(search->frame, frame);
  search->frame = frame;
  const LoadedModule* m = nullptr;
  if (!is_programs(frame.address - 1, m)) return _URC_NO_REASON;
  search->found = location_in(*m, frame.address - 1);
  return _URC_END_OF_STACK;
}

// As unwinding would, by the frames that are known; false: one is not.
bool search_known(Frame frame, std::uint64_t& found) {
  for (int i = 0; i < kFramesMax; ++i) {
    const KnownFrames::Above above = known_frames.go_up(frame);
    if (above == KnownFrames::Above::unknown) return false;
    if (above == KnownFrames::Above::nobody) return true;
    const LoadedModule* m = nullptr;
    if (!is_programs(frame.address - 1, m)) continue;
    found = location_in(*m, frame.address - 1);
    return true;
  }
  return false;
}

std::uint64_t search_by_unwinding() {
  const Uncontrolled scope;
  Search search;
  _Unwind_Backtrace(look_at_frame, &search);
  if (search.found == 0 && search.frames <= kFramesMax) known_frames.note_outermost(search.frame);
  return search.found;
}

}  // namespace

void read_modules() {
  table.size = 0;
  forget_library_code();
  known_frames.forget();
  std::memset(table.index_in_channel, 0, sizeof table.index_in_channel);
  dl_iterate_phdr(add_module, nullptr);
  // The unwinder sets itself up at its first use, by pthread_once: let that be now.
  Search search;
  search.frames = kFramesMax;
  _Unwind_Backtrace(look_at_frame, &search);
}

bool has_system_libraries_only() {
  for (std::size_t i = 1; i < table.size; ++i) {
    if (!table.modules[i].is_system) return false;
  }
  return table.size < kModulesMax;
}

std::uint64_t location_of_caller(const void* return_address) {
  const std::uintptr_t call = reinterpret_cast<std::uintptr_t>(return_address) - 1;
  const LoadedModule* m = module_of(call);
  if (m == nullptr) {
    read_modules();
    m = module_of(call);
  }
  const bool in_program = m != nullptr && !m->is_system;
  if (in_program && !is_library_code(call)) return location_in(*m, call);
  const Frame here{reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)),
                   reinterpret_cast<std::uintptr_t>(__builtin_dwarf_cfa())};
  std::uint64_t found = 0;
  if (!search_known(here, found)) found = search_by_unwinding();
  // A thread that the library runs by itself has nothing of the program above it.
  return found != 0 || !in_program ? found : location_in(*m, call);
}

bool place_of_code(std::uintptr_t address, CodePlace& place) {
  const LoadedModule* m = module_of(address);
  if (m == nullptr || m->is_system) return false;
  std::uint64_t identity = address - m->bias;
  for (const char* c = m->path; *c != '\0'; ++c) {
    identity = *c == '/' ? address - m->bias : mix(identity, static_cast<unsigned char>(*c));
  }
  place = {location_in(*m, address), identity};
  return true;
}

protocol::FilePlace file_place_of(std::uint64_t address) {
  const LoadedModule* m = module_of(address);
  if (m == nullptr) {
    read_modules();
    m = module_of(address);
  }
  if (m == nullptr) return {nullptr, address};
  return {m->path, address - m->bias};
}

bool is_library_call(const void* return_address) {
  const LoadedModule* m = module_of(reinterpret_cast<std::uintptr_t>(return_address) - 1);
  return m != nullptr && m->is_system;
}

std::uint64_t location_of_data(std::uint64_t address) {
  const LoadedModule* m = module_of(address);
  return m != nullptr ? location_in(*m, address) : 0;
}

}  // namespace grader::runtime
