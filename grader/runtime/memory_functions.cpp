// The runtime's own memcpy and friends, hidden from the program. The C library's would be
// ThreadSanitizer's interceptors, which would take the runtime's bookkeeping for accesses of the
// program, and report races in it.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) noexcept;
void* memmove(void* to, const void* from, std::size_t size) noexcept;
void* memset(void* to, int value, std::size_t size) noexcept;
int memcmp(const void* a, const void* b, std::size_t size) noexcept;
std::size_t strlen(const char* text) noexcept;

void* memcpy(void* to, const void* from, std::size_t size) noexcept {
  void* at = to;
  __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) noexcept {
  const auto target = reinterpret_cast<std::uintptr_t>(to);
  const auto source = reinterpret_cast<std::uintptr_t>(from);
  if (target - source >= size) return memcpy(to, from, size);
  auto* last_to = static_cast<char*>(to) + size - 1;
  const auto* last_from = static_cast<const char*>(from) + size - 1;
  __asm__ volatile("std\n\trep movsb\n\tcld"
                   : "+D"(last_to), "+S"(last_from), "+c"(size)
                   :
                   : "memory");
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
