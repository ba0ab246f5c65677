#pragma once

#include <cstdint>

namespace grader::runtime {

/// What names the primitive at `address` in every process of the run: `process` is 0 for memory
/// that several can see.
struct Place {
  std::uint32_t process;
  std::uint64_t address;
};
Place place_of(const volatile void* address);

/// The memory from `begin` on is shared, and seen by others that map the same file at `offset`.
void note_shared_file(void* begin, std::uint64_t size, int fd, std::uint64_t offset);

/// The same without a file: children inherit it.
void note_shared_memory(void* begin, std::uint64_t size);

/// The memory is unmapped, or mapped anew.
void forget_shared(const void* begin, std::uint64_t size);

}  // namespace grader::runtime
