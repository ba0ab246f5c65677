#include "runtime/exec.hpp"

#include <elf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "protocol/fork_server.hpp"
#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/signals.hpp"
#include "runtime/timers.hpp"
#include "runtime/trace.hpp"

// A dynamic program is entered because the runtime stays in its environment, whatever environment
// the caller passes. It finds its process by a variable, and the baton in its hand.
namespace grader::runtime {
namespace {

constexpr const char* kKeptNames[] = {"LD_PRELOAD", protocol::kChannelVariable, "LD_LIBRARY_PATH",
                                      "TSAN_OPTIONS"};
constexpr std::size_t kKeptMax = sizeof kKeptNames / sizeof kKeptNames[0];
constexpr std::size_t kKeptSize = 8192;
constexpr std::size_t kVariablesMax = 4096;

char kept[kKeptMax][kKeptSize];

bool names(const char* entry, const char* name) {
  const std::size_t size = std::strlen(name);
  return std::strncmp(entry, name, size) == 0 && entry[size] == '=';
}

bool is_ours(const char* entry) {
  for (std::size_t i = 0; i < kKeptMax; ++i) {
    if (kept[i][0] != '\0' && names(entry, kKeptNames[i])) return true;
  }
  return names(entry, protocol::kForkServerVariable) || names(entry, kProcessVariable);
}

struct Variables {
  const char* entries[kVariablesMax + kKeptMax + 2];
  char process[64];
};

// The caller's variables with the runtime's in front; without them for a program outside, whose
// children are outside too.
void fill(Variables& all, char* const envp[], std::uint32_t process, bool outside) {
  std::size_t count = 0;
  for (const char* entry : kept) {
    if (entry[0] != '\0' && !outside) all.entries[count++] = entry;
  }
  Sentence variable;
  variable << kProcessVariable << "=" << std::uint64_t{process};
  std::memcpy(all.process, variable.text(), sizeof all.process);
  if (!outside) all.entries[count++] = all.process;
  for (std::size_t i = 0; envp != nullptr && envp[i] != nullptr && i < kVariablesMax; ++i) {
    if (!is_ours(envp[i])) all.entries[count++] = envp[i];
  }
  all.entries[count] = nullptr;
}

enum class Program { unknown, dynamic, outside };

// Whether the runtime can enter what is at `path`. Unknown: it cannot be executed, or is a script
// whose interpreter will be asked the same.
bool is_executable_file(const char* path) {
  struct stat file {};
  return raw_syscall(SYS_stat, address_of(path), address_of(&file)) == 0 && S_ISREG(file.st_mode) &&
         raw_syscall(SYS_access, address_of(path), X_OK) == 0;
}

Program program_at(const char* path, int depth = 0) {
  if (!is_executable_file(path)) return Program::unknown;
  struct stat file {};
  if (raw_syscall(SYS_stat, address_of(path), address_of(&file)) != 0) return Program::unknown;
  if ((file.st_mode & (S_ISUID | S_ISGID)) != 0) return Program::outside;
  char head[4096] = {};
  const long fd = raw_syscall(SYS_open, address_of(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Program::outside;  // may be executed, not read
  const long size = raw_syscall(SYS_read, fd, address_of(head), sizeof head - 1);
  raw_syscall(SYS_close, fd);
  if (size > 2 && head[0] == '#' && head[1] == '!' && depth < 4) {
    char* begin = head + 2;
    while (*begin == ' ' || *begin == '\t') ++begin;
    char* end = begin;
    while (*end != '\0' && *end != ' ' && *end != '\t' && *end != '\n') ++end;
    *end = '\0';
    return program_at(begin, depth + 1);
  }
  if (size < static_cast<long>(sizeof(Elf64_Ehdr)) || std::memcmp(head, ELFMAG, SELFMAG) != 0) {
    return Program::unknown;
  }
  Elf64_Ehdr elf;
  std::memcpy(&elf, head, sizeof elf);
  if (elf.e_ident[EI_CLASS] != ELFCLASS64) return Program::outside;
  for (unsigned i = 0; i < elf.e_phnum; ++i) {
    const std::size_t at = elf.e_phoff + i * sizeof(Elf64_Phdr);
    if (at + sizeof(Elf64_Phdr) > static_cast<std::size_t>(size)) break;
    Elf64_Phdr segment;
    std::memcpy(&segment, head + at, sizeof segment);
    if (segment.p_type == PT_INTERP) return Program::dynamic;
  }
  return Program::outside;
}

const char* base_name(const char* path) {
  const char* slash = std::strrchr(path, '/');
  return slash != nullptr ? slash + 1 : path;
}

// The process leaves the model's control: others go on, and its end is seen by the undertaker.
void leave_for_outside(Thread& self, const char* path, std::uint64_t location) {
  report_unsupported(self, base_name(path),
                     "the program is static or set-user-id: it runs outside, in real time",
                     location);
  Process& process = process_of(self);
  process.outside = true;
  ++world().outside;
  Operation gone;
  gone.guard = Guard::never;
  gone.recorded = false;
  announce_outside(self, gone);
  restore_real_signals(self);
}

int fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

void keep_environment(char** environment) {
  for (char** entry = environment; entry != nullptr && *entry != nullptr; ++entry) {
    for (std::size_t i = 0; i < kKeptMax; ++i) {
      if (names(*entry, kKeptNames[i]) && std::strlen(*entry) < kKeptSize) {
        std::strcpy(kept[i], *entry);
      }
    }
  }
}

int exec_controlled(Thread& self, const char* path, char* const argv[], char* const envp[],
                    std::uint64_t location) {
  Operation op;
  op.kind = EventKind::process_exec;
  op.location = location;
  op.recorded = false;
  perform(self, op);
  const Program program = program_at(path);
  Process& process = process_of(self);
  process.exec_failed = true;  // whoever comes back from here
  if (program == Program::unknown) return NEXT(execve)(path, argv, envp);
  record_text(self, EventKind::process_exec, 0, "", 0, base_name(path));
  std::memset(process.name, 0, sizeof process.name);
  std::strncpy(process.name, base_name(path), sizeof process.name - 1);
  process.exec_location = location;
  static Variables all;
  fill(all, envp, process.id, program == Program::outside);
  if (program == Program::outside) leave_for_outside(self, path, location);
  const long error =
      raw_syscall(SYS_execve, address_of(path), address_of(argv), address_of(all.entries));
  record_text(self, EventKind::process_exec, error, "", 0, base_name(path));
  return fail(static_cast<int>(-error));
}

namespace {

/// Collects the arguments of execl and its kin.
struct ArgumentList {
  static constexpr std::size_t kMax = 1024;
  char* items[kMax + 1];
};

// What the kernel does not know how to execute, execvp takes for a script of the shell's.
int exec_or_hand_to_shell(Thread& self, const char* path, char* const argv[], char* const envp[],
                          ForShell for_shell, std::uint64_t location) {
  const int result = exec_controlled(self, path, argv, envp, location);
  if (errno != ENOEXEC || for_shell == ForShell::no) return result;
  char shell[] = "/bin/sh";
  ArgumentList list;
  std::size_t count = 0;
  list.items[count++] = shell;
  list.items[count++] = const_cast<char*>(path);
  for (std::size_t i = 1; argv[0] != nullptr && argv[i] != nullptr; ++i) {
    if (count == ArgumentList::kMax) return fail(E2BIG);
    list.items[count++] = argv[i];
  }
  list.items[count] = nullptr;
  return exec_controlled(self, shell, list.items, envp, location);
}

}  // namespace

int exec_by_search(Thread& self, const char* file, char* const argv[], char* const envp[],
                   ForShell for_shell, std::uint64_t location) {
  if (std::strchr(file, '/') != nullptr) {
    return exec_or_hand_to_shell(self, file, argv, envp, for_shell, location);
  }
  const char* path = std::getenv("PATH");
  if (path == nullptr) path = "/bin:/usr/bin";
  const std::size_t file_size = std::strlen(file);
  while (file_size > 0) {
    const char* end = std::strchr(path, ':');
    const std::size_t size =
        end != nullptr ? static_cast<std::size_t>(end - path) : std::strlen(path);
    char full[4096];
    if (size + file_size + 2 < sizeof full) {
      std::memcpy(full, path, size);
      full[size] = '/';
      std::memcpy(full + size + (size > 0 ? 1 : 0), file, file_size + 1);
      if (is_executable_file(full)) {
        return exec_or_hand_to_shell(self, full, argv, envp, for_shell, location);
      }
    }
    if (end == nullptr) break;
    path = end + 1;
  }
  return NEXT(execvpe)(file, argv, envp);
}

namespace {

void collect(ArgumentList& list, const char* first, va_list& rest) {
  std::size_t count = 0;
  list.items[count++] = const_cast<char*>(first);
  while (count < ArgumentList::kMax && list.items[count - 1] != nullptr) {
    list.items[count++] = va_arg(rest, char*);
  }
  list.items[count] = nullptr;
}

int exec_path(const char* path, char* const argv[], char* const envp[], const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(execve)(path, argv, envp);
  return exec_controlled(*self, path, argv, envp, location_of_caller(caller));
}

int exec_search(const char* file, char* const argv[], char* const envp[], const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(execvpe)(file, argv, envp);
  return exec_by_search(*self, file, argv, envp, ForShell::yes, location_of_caller(caller));
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

#define GRADER_CALLED_FROM __builtin_return_address(0)
#define GRADER_COLLECT(list) \
  ArgumentList list;         \
  va_list rest;              \
  va_start(rest, first);     \
  collect(list, first, rest)

GRADER_INTERPOSED int execve(const char* path, char* const argv[], char* const envp[]) noexcept {
  return exec_path(path, argv, envp, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execv(const char* path, char* const argv[]) noexcept {
  return exec_path(path, argv, environ, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execvp(const char* file, char* const argv[]) noexcept {
  return exec_search(file, argv, environ, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execvpe(const char* file, char* const argv[], char* const envp[]) noexcept {
  return exec_search(file, argv, envp, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execl(const char* path, const char* first, ...) noexcept {
  GRADER_COLLECT(list);
  va_end(rest);
  return exec_path(path, list.items, environ, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execlp(const char* file, const char* first, ...) noexcept {
  GRADER_COLLECT(list);
  va_end(rest);
  return exec_search(file, list.items, environ, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int execle(const char* path, const char* first, ...) noexcept {
  GRADER_COLLECT(list);
  char* const* envp = va_arg(rest, char* const*);
  va_end(rest);
  return exec_path(path, list.items, envp, GRADER_CALLED_FROM);
}
