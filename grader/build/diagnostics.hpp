#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/build_result.hpp"

namespace grader {

/// What g++ wrote (without carets), as messages at places in the student's files. An error inside a
/// library header is put where the student's code led to it ("required from here"). Notes become
/// further lines of the message that they belong to. `own_files` are the student's, as compiled.
std::vector<Diagnostic> parse_compiler_output(std::string_view output,
                                              const std::vector<std::string>& own_files);

/// What the linker (GNU ld or mold) wrote, as sentences; each undefined or doubly defined symbol
/// once.
std::vector<Diagnostic> parse_linker_output(std::string_view output);

}  // namespace grader
