#include "build/vetting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "build/code_scan.hpp"
#include "build/symbols.hpp"

namespace grader {
namespace {

constexpr std::array<std::string_view, 9> kDetectorPrefixes = {
    "__tsan_",      "__asan_",  "__lsan_",  "__ubsan_",      "__msan_",
    "__sanitizer_", "__hwasan", "Annotate", "__interceptor_"};
/// What the compiler's own instrumentation calls; nothing here takes anything back.
constexpr std::array<std::string_view, 11> kInstrumentation = {
    "__tsan_init",   "__tsan_func_",      "__tsan_read",   "__tsan_write",
    "__tsan_vptr_",  "__tsan_unaligned_", "__tsan_atomic", "__tsan_volatile_",
    "__tsan_memcpy", "__tsan_memmove",    "__tsan_memset"};
/// They find functions by their names at run time, the detector's among them.
constexpr std::array<std::string_view, 13> kLookups = {
    "dlsym",   "dlvsym",   "dlopen",          "dlmopen",      "dlinfo",
    "dladdr",  "dladdr1",  "dl_iterate_phdr", "__libc_dlsym", "__libc_dlopen_mode",
    "_dl_sym", "_r_debug", "_rtld_global"};
constexpr std::array<std::string_view, 3> kHarnessNamespaces = {"7testing", "5trace", "6grader"};

/// The exported names of the libraries that the grader and the programs under test share.
struct LibraryNames {
  std::vector<std::string> c;
  std::vector<std::string> cpp;
  std::vector<std::string> others;  ///< of the mathematics and the unwinding library
};

Result<LibraryNames> read_library_names() {
  LibraryNames names;
  for (const auto& [soname, into] :
       {std::pair{"libc.so.6", &names.c}, std::pair{"libstdc++.so.6", &names.cpp},
        std::pair{"libm.so.6", &names.others}, std::pair{"libgcc_s.so.1", &names.others}}) {
    const std::filesystem::path library = loaded_library(soname);
    if (library.empty()) {
      return Error{ErrorKind::environment,
                   fmt::format("{} was not found: a static build of the grader cannot tell which "
                               "names a submission may define",
                               soname)};
    }
    GRADER_TRY(exported, exported_names(library));
    into->insert(into->end(), exported.begin(), exported.end());
  }
  std::sort(names.others.begin(), names.others.end());
  return names;
}

bool contains(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

/// Mangled names of anything in a harness namespace: "_ZN7testing…", "_ZTVN7testing…".
bool is_harness_name(std::string_view name) {
  if (name.starts_with("grader_")) return true;
  if (!name.starts_with("_Z")) return false;
  const std::size_t nested = name.find('N');
  constexpr std::size_t kSpecialNameMax = 5;  // "_ZTVN", "_ZGVN"
  if (nested == std::string_view::npos || nested > kSpecialNameMax) return false;
  std::string_view rest = name.substr(nested + 1);
  while (!rest.empty() && std::string_view("KVrRO").find(rest.front()) != std::string_view::npos) {
    rest.remove_prefix(1);
  }
  return std::any_of(kHarnessNamespaces.begin(), kHarnessNamespaces.end(),
                     [&](std::string_view space) { return rest.starts_with(space); });
}

bool starts_with_any(std::string_view name, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Why a submission may not define `symbol`; nothing when it may.
std::optional<std::string> objection(const DefinedSymbol& symbol, const LibraryNames& libraries) {
  const std::string& name = symbol.name;
  if (starts_with_any(name, kDetectorPrefixes)) {
    return "it belongs to the race detector, which it could mislead";
  }
  if (name == "main") return "the scenarios have the only main: remove it, or its file";
  if (is_harness_name(name)) return "it belongs to the test harness: give it another name";
  if (name.starts_with("pthread_") || contains(libraries.c, name)) {
    return "it belongs to the C library: give it another name, or put it into a namespace";
  }
  // A static function may have the name of a function of <cmath>: nobody else sees it.
  if (!symbol.is_local && contains(libraries.others, name)) {
    return "it belongs to a library of the system: give it another name";
  }
  if (symbol.is_strong && !symbol.is_local && contains(libraries.cpp, name)) {
    return "it belongs to the C++ library: remove the definition";
  }
  return std::nullopt;
}

/// Why a submission may not use `name`, which others define; nothing when it may.
std::optional<std::string> objection_to_use(const std::string& name) {
  if (starts_with_any(name, kDetectorPrefixes) && !starts_with_any(name, kInstrumentation)) {
    return "it tells the race detector what to overlook";
  }
  if (std::find(kLookups.begin(), kLookups.end(), name) != kLookups.end()) {
    return "it finds functions at run time, those of the race detector too: call by name instead";
  }
  if (is_harness_name(name)) return "it belongs to the test harness";
  return std::nullopt;
}

void add(std::vector<Finding>& findings, const std::string& source, const std::string& symbol,
         std::string message) {
  Finding finding = tampering(source, std::move(message), symbol);
  if (std::find(findings.begin(), findings.end(), finding) == findings.end()) {
    findings.push_back(std::move(finding));
  }
}

void add_code_findings(const CodeScan& scan, const std::string& source,
                       std::vector<Finding>& findings) {
  for (const std::string& name : scan.constructors) {
    add(findings, source, demangle(name),
        fmt::format("{} runs {} when it is loaded, before any test: remove the constructor or "
                    "destructor attribute",
                    source, demangle(name)));
  }
  for (const std::string& name : scan.versioned) {
    add(findings, source, name, fmt::format("{} gives a symbol the version {}", source, name));
  }
  for (const std::string& name : scan.indirect) {
    add(findings, source, demangle(name),
        fmt::format("{} chooses {} while it is loaded (ifunc)", source, demangle(name)));
  }
}

}  // namespace

Finding tampering(const std::string& source, std::string message, const std::string& symbol) {
  Finding finding;
  finding.kind = FindingKind::tampering;
  finding.message = std::move(message);
  finding.locations = {SourceLocation{source, 0, 0, symbol}};
  return finding;
}

Result<std::vector<Finding>> vet_object(const std::filesystem::path& object,
                                        const std::string& source) {
  static const Result<LibraryNames> libraries = read_library_names();
  if (!libraries.ok()) return libraries.error();
  GRADER_TRY(symbols, defined_symbols(object));
  GRADER_TRY(scan, scan_code(object));
  std::vector<Finding> findings;
  for (const DefinedSymbol& symbol : symbols) {
    const std::optional<std::string> reason = objection(symbol, *libraries);
    if (!reason.has_value()) continue;
    const std::string name = demangle(symbol.name);
    add(findings, source, name, fmt::format("{} defines {}: {}", source, name, *reason));
  }
  GRADER_TRY(used, used_names(object));
  for (const std::string& name : used) {
    const std::optional<std::string> reason = objection_to_use(name);
    if (!reason.has_value()) continue;
    add(findings, source, demangle(name),
        fmt::format("{} uses {}: {}", source, demangle(name), *reason));
  }
  add_code_findings(scan, source, findings);
  return findings;
}

}  // namespace grader
