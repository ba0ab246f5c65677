#pragma once

#include <cstdint>

namespace grader::runtime {

/// Learns from the symbol table of the module in file `path`, loaded with this bias, which of its
/// functions are the C++ library's: what a header brought and the compiler did not inline. A module
/// without a symbol table has none that we know of.
void learn_library_code(const char* path, std::uintptr_t bias);

/// Forgets all modules.
void forget_library_code();

/// Whether `address` is in such a function: not where mistakes are made.
bool is_library_code(std::uintptr_t address);

}  // namespace grader::runtime
