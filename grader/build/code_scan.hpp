#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// What the code of an object file does that the names of its symbols do not show.
struct CodeScan {
  /// Functions that run when the object is loaded and are no initialisation of a static object:
  /// the symbol, or the section when there is none.
  std::vector<std::string> constructors;
  /// Whether static objects of its own are initialised by code when the object is loaded.
  bool initialises_statics = false;
  /// Names that another symbol is to be known by in a certain version (`.symver`).
  std::vector<std::string> versioned;
  /// Functions that are chosen while loading (`ifunc`), which runs the student's code then.
  std::vector<std::string> indirect;
  /// Whether the executable sections hold the bytes of a system call instruction (syscall,
  /// sysenter, int 0x80), at whatever offset: a sign to look closer, no proof.
  bool may_call_the_kernel = false;
};

Result<CodeScan> scan_code(const std::filesystem::path& object);

/// The functions in which a disassembly by `objdump -d` shows a system call instruction.
std::vector<std::string> kernel_calls(const std::string& disassembly);

/// Whether `source` may ask the compiler for less instrumentation, once it is preprocessed: it
/// holds a part of such a name, or pastes names together. A sign to look closer, no proof.
bool may_ask_for_no_instrumentation(const std::string& source);

/// Whether `source` may hold assembly or name an instruction as a function, once it is
/// preprocessed. A sign to look closer, no proof.
bool may_hold_assembly(const std::string& source);

/// Whether the compiler's output in assembly (`-S`) holds something from an `asm` statement: the
/// mark #APP stands in front of the first one. What follows is the statement's own, which may hold
/// such marks too, so even a harmless one counts.
bool holds_assembly(const std::string& compiled);

/// Whether it holds stores that come from functions which stand for an instruction (past the cache,
/// masked, scattered) and which the compiler does not instrument.
bool moves_unseen(const std::string& compiled);

/// Whether the preprocessed `text` holds `no_sanitize`, `no_sanitize_thread`, … .
bool asks_for_no_instrumentation(const std::string& text);

}  // namespace grader
