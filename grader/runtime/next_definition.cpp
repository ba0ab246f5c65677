#include "runtime/next_definition.hpp"

#include <dlfcn.h>

#include <cstring>

#include "runtime/raw_syscall.hpp"

// The linker's names for the first and the last place of the section.
extern "C" grader::runtime::NextSlot __start_grader_next[];
extern "C" grader::runtime::NextSlot __stop_grader_next[];

namespace grader::runtime {

void* find_next_definition(const char* name) { return dlsym(RTLD_NEXT, name); }

void find_next_definitions() {
  for (NextSlot* slot = __start_grader_next; slot != __stop_grader_next; ++slot) {
    if (slot->function == nullptr) slot->function = find_next_definition(slot->name);
  }
}

void next_definition_missing(const char* name) {
  constexpr char kWhat[] = "grader runtime: nobody defines ";
  raw_write_all(2, kWhat, sizeof kWhat - 1);
  raw_write_all(2, name, std::strlen(name));
  raw_write_all(2, "\n", 1);
  raw_exit_group(70);
}

}  // namespace grader::runtime
