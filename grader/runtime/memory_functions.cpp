// The runtime's own memcpy and friends, hidden from the program. The C library's would be
// ThreadSanitizer's interceptors, which would take the runtime's bookkeeping for accesses of the
// program, and report races in it.
#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::size_t kBlock = sizeof(__m128i);

inline __m128i load(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
inline void store(char* to, __m128i block) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), block);
}

}  // namespace

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) noexcept;
void* memmove(void* to, const void* from, std::size_t size) noexcept;
void* memset(void* to, int value, std::size_t size) noexcept;
int memcmp(const void* a, const void* b, std::size_t size) noexcept;
std::size_t strlen(const char* text) noexcept;

// Most copies are of a candidate or an event, around a hundred bytes: too short for the string
// instructions, whose start-up costs as much as the copy.
void* memcpy(void* to, const void* from, std::size_t size) noexcept {
  auto* target = static_cast<char*>(to);
  const auto* source = static_cast<const char*>(from);
  for (; size >= kBlock; size -= kBlock, target += kBlock, source += kBlock) {
    store(target, load(source));
  }
  for (; size > 0; --size) *target++ = *source++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) noexcept {
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  const auto source = reinterpret_cast<std::uintptr_t>(from);
  if (target - source >= size) return memcpy(to, from, size);
  auto* target_end = static_cast<char*>(to) + size;
  const auto* source_end = static_cast<const char*>(from) + size;
  for (; size >= kBlock; size -= kBlock) {
    target_end -= kBlock;
    source_end -= kBlock;
    store(target_end, load(source_end));
  }
  for (; size > 0; --size) *--target_end = *--source_end;
  return to;
}

void* memset(void* to, int value, std::size_t size) noexcept {
  void* at = to;
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
  return to;
}

int memcmp(const void* a, const void* b, std::size_t size) noexcept {
  const auto* left = static_cast<const unsigned char*>(a);
  const auto* right = static_cast<const unsigned char*>(b);
  for (std::size_t i = 0; i < size; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

std::size_t strlen(const char* text) noexcept {
  std::size_t size = 0;
  while (*(text + size) != '\0') ++size;
  return size;
}

}  // extern "C"
