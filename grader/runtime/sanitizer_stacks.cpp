#include "runtime/sanitizer_stacks.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>

#include "runtime/local.hpp"
#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

constexpr int kStacksMax = 64;
constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20U;
constexpr std::uintptr_t kGuard = 64U << 10U;
std::atomic<int> stacks{0};

// Ends at a multiple of a huge page; null when there is no memory for it.
void* map_stack(std::size_t size) {
  const std::size_t reserved = size + kGuard + kHugePage;
  void* start = mmap(nullptr, reserved, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  const std::uintptr_t end = (address_of(start) + reserved) & ~(kHugePage - 1);
  auto* low = reinterpret_cast<void*>(end - size);
  if (mprotect(low, size, PROT_READ | PROT_WRITE) != 0) {
    munmap(start, reserved);
    return nullptr;
  }
  // Not everywhere are there huge pages to be had: then it is as any stack.
  madvise(reinterpret_cast<void*>(end - kHugePage), kHugePage, MADV_HUGEPAGE);
  return low;
}

}  // namespace

SanitizerStack::SanitizerStack(const pthread_attr_t* attributes) : chosen_(attributes) {
  if (attributes != nullptr || !local.thread_sanitizer) return;
  if (stacks.fetch_add(1) >= kStacksMax) return;
  std::size_t size = 0;
  if (pthread_attr_init(&own_) != 0) return;
  pthread_attr_getstacksize(&own_, &size);
  size = (size + kHugePage - 1) & ~(kHugePage - 1);
  void* stack = map_stack(size);
  if (stack == nullptr || pthread_attr_setstack(&own_, stack, size) != 0) {
    pthread_attr_destroy(&own_);
    return;
  }
  chosen_ = &own_;
}

SanitizerStack::~SanitizerStack() {
  if (chosen_ == &own_) pthread_attr_destroy(&own_);
}

}  // namespace grader::runtime
