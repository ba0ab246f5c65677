#pragma once

#include <cstdint>

namespace grader::harness {

/// The key of the closing record, once; 0 without one. It was taken out of the channel before any
/// library of the program was initialised. A controlled run begins at main, with a key of its own,
/// which is wiped here.
std::uint64_t take_closing_key();

}  // namespace grader::harness
