#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "model/source_location.hpp"

namespace grader {

/// Turns addresses in object files into source lines by their debug information (libdw). Keeps what
/// it has read, so ask one object again and again. Safe for several threads.
class Symbolizer {
 public:
  Symbolizer();
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  /// Where the instruction at `offset` of `module` (an address in its file image, as in its symbol
  /// table) comes from: the innermost inlined function first, the function itself last. One entry
  /// with the symbol's name alone when there is no line; nothing when nothing is known. For a
  /// return address pass the address before it.
  std::vector<SourceLocation> frames(const std::filesystem::path& module, std::uint64_t offset);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grader
