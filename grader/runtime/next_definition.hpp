#pragma once

namespace grader::runtime {

/// The definition of `name` that the program would have got without the runtime: ThreadSanitizer's
/// where it is loaded, else the C library's. Null when there is none.
void* find_next_definition(const char* name);

/// Reports a function that the runtime needs and nobody defines, and ends the process.
[[noreturn]] void next_definition_missing(const char* name);

template <typename Function>
Function next_definition(Function& slot, const char* name) {
  if (__builtin_expect(slot == nullptr, 0)) {
    slot = reinterpret_cast<Function>(find_next_definition(name));
    if (slot == nullptr) next_definition_missing(name);
  }
  return slot;
}

}  // namespace grader::runtime

/// NEXT(pthread_mutex_lock)(mutex): calls the next definition; looked up once.
#define NEXT(name)                                                           \
  ([]() -> decltype(&::name) {                                               \
    static decltype(&::name) slot = nullptr;                                 \
    return grader::runtime::next_definition<decltype(&::name)>(slot, #name); \
  }())

/// A function that stands in front of the program's.
#define GRADER_INTERPOSED extern "C" __attribute__((visibility("default")))

/// Where the program called the interposed function from.
#define GRADER_CALLER (grader::runtime::location_of_caller(__builtin_return_address(0)))
