#pragma once

#include "build/elf_file.hpp"

namespace grader {

/// Whether a function that initialises the static objects of a file (g++'s `_GLOBAL__sub_I_…`) does
/// no more than `#include <iostream>` asks for: that counts the users of the standard streams, and
/// runs nothing of the file's own. When in doubt: no.
bool only_readies_streams(const ElfFile& file, const GElf_Sym& function);

}  // namespace grader
