#pragma once

namespace grader::runtime {

/// The definition of `name` that the program would have got without the runtime: ThreadSanitizer's
/// where it is loaded, else the C library's. Null when there is none.
void* find_next_definition(const char* name);

/// Where a function of the next definition is kept once it was looked up. All of them are in one
/// section, so that a warm parent can look them up for all its runs (find_next_definitions).
struct NextSlot {
  const char* name;
  void* function;
};

/// Fills all slots whose functions somebody defines.
void find_next_definitions();

/// Reports a function that the runtime needs and nobody defines, and ends the process.
[[noreturn]] void next_definition_missing(const char* name);

template <typename Function>
Function next_definition(NextSlot& slot) {
  if (__builtin_expect(slot.function == nullptr, 0)) {
    slot.function = find_next_definition(slot.name);
    if (slot.function == nullptr) next_definition_missing(slot.name);
  }
  return reinterpret_cast<Function>(slot.function);
}

}  // namespace grader::runtime

/// NEXT(pthread_mutex_lock)(mutex): calls the next definition; looked up once.
#define NEXT(name)                                                                          \
  ([]() -> decltype(&::name) {                                                              \
    __attribute__((section("grader_next"), used)) static grader::runtime::NextSlot slot = { \
        #name, nullptr};                                                                    \
    return grader::runtime::next_definition<decltype(&::name)>(slot);                       \
  }())

/// A function that stands in front of the program's.
#define GRADER_INTERPOSED extern "C" __attribute__((visibility("default")))

/// Where the program called the interposed function from.
#define GRADER_CALLER (grader::runtime::location_of_caller(__builtin_return_address(0)))
