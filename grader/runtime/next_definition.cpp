#include "runtime/next_definition.hpp"

#include <dlfcn.h>

#include <cstring>

#include "runtime/raw_syscall.hpp"

namespace grader::runtime {

void* find_next_definition(const char* name) { return dlsym(RTLD_NEXT, name); }

void next_definition_missing(const char* name) {
  constexpr char kWhat[] = "grader runtime: nobody defines ";
  raw_write_all(2, kWhat, sizeof kWhat - 1);
  raw_write_all(2, name, std::strlen(name));
  raw_write_all(2, "\n", 1);
  raw_exit_group(70);
}

}  // namespace grader::runtime
