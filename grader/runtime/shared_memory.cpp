#include "runtime/shared_memory.hpp"

#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtime/controller.hpp"
#include "runtime/hash.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/shared_accesses.hpp"

namespace grader::runtime {
namespace {

struct Mapping {
  std::uintptr_t begin;
  std::uintptr_t end;
  std::uint64_t key;  ///< of its first byte
};

// A process's own, and its children's by inheritance. Beyond the limit memory counts as private.
constexpr std::uint32_t kMappingsMax = 256;
Mapping mappings[kMappingsMax];
std::uint32_t mapping_count = 0;

// Keys leave room for any offset within a file.
constexpr unsigned kOffsetBits = 40;

void note(void* begin, std::uint64_t size, std::uint64_t key) {
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  forget_shared(begin, size);
  if (mapping_count == kMappingsMax) return;
  mappings[mapping_count++] = {at, at + size, key};
  const std::uintptr_t end = std::max(shared_span.begin + shared_span.size, at + size);
  shared_span.begin = shared_span.size == 0 ? at : std::min(shared_span.begin, at);
  shared_span.size = end - shared_span.begin;
}

}  // namespace

Place place_of(const volatile void* address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  for (std::uint32_t i = 0; i < mapping_count; ++i) {
    const Mapping& m = mappings[i];
    if (at >= m.begin && at < m.end) return {0, m.key + (at - m.begin)};
  }
  return {local.process->id, at};
}

void note_shared_file(void* begin, std::uint64_t size, int fd, std::uint64_t offset) {
  struct stat file {};
  if (raw_syscall(SYS_fstat, fd, address_of(&file)) != 0) return;
  note(begin, size, (mix(file.st_dev, file.st_ino) << kOffsetBits) + offset);
}

void note_shared_memory(void* begin, std::uint64_t size) {
  note(begin, size, mix(0, ++world().shared_mappings) << kOffsetBits);
}

void forget_shared(const void* begin, std::uint64_t size) {
  const auto at = reinterpret_cast<std::uintptr_t>(begin);
  for (std::uint32_t i = 0; i < mapping_count;) {
    const bool covered = mappings[i].begin >= at && mappings[i].end <= at + size;
    if (covered) {
      mappings[i] = mappings[--mapping_count];
    } else {
      ++i;
    }
  }
}

namespace {

void* note_mapping(void* at, std::size_t size, int flags, int fd, off_t offset) {
  if (at == MAP_FAILED || controlled() == nullptr) return at;
  if ((flags & MAP_TYPE) != MAP_SHARED && (flags & MAP_TYPE) != MAP_SHARED_VALIDATE) {
    if ((flags & MAP_FIXED) != 0) forget_shared(at, size);
    return at;
  }
  if ((flags & MAP_ANONYMOUS) != 0) {
    note_shared_memory(at, size);
  } else {
    note_shared_file(at, size, fd, static_cast<std::uint64_t>(offset));
  }
  return at;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED void* mmap(void* address, std::size_t size, int protection, int flags, int fd,
                             off_t offset) noexcept {
  void* at = NEXT(mmap)(address, size, protection, flags, fd, offset);
  return note_mapping(at, size, flags, fd, offset);
}

GRADER_INTERPOSED void* mmap64(void* address, std::size_t size, int protection, int flags, int fd,
                               off64_t offset) noexcept {
  void* at = NEXT(mmap64)(address, size, protection, flags, fd, offset);
  return note_mapping(at, size, flags, fd, offset);
}

GRADER_INTERPOSED int munmap(void* address, std::size_t size) noexcept {
  if (controlled() != nullptr) forget_shared(address, size);
  return NEXT(munmap)(address, size);
}

// The C library maps a named semaphore by calls that nobody sees.
GRADER_INTERPOSED sem_t* sem_open(const char* name, int flags, ...) noexcept {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  const unsigned value = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
  va_end(rest);
  sem_t* semaphore = NEXT(sem_open)(name, flags, mode, value);
  if (semaphore == SEM_FAILED || controlled() == nullptr) return semaphore;
  char path[256] = "/dev/shm/sem.";
  std::size_t size = 13;
  for (const char* at = name[0] == '/' ? name + 1 : name; *at != '\0' && size + 1 < sizeof path;) {
    path[size++] = *at++;
  }
  const long fd = raw_syscall(SYS_open, address_of(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return semaphore;
  note_shared_file(semaphore, sizeof *semaphore, static_cast<int>(fd), 0);
  raw_syscall(SYS_close, fd);
  return semaphore;
}
