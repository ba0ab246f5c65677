#pragma once

#include <cstdint>

#include "protocol/detector_report.hpp"

namespace grader::runtime {

/// Reads the table of loaded modules; to be called at start-up, and again when one is loaded.
void read_modules();

/// Whether nothing is loaded but the program itself and libraries of the system or of the grader.
bool has_system_libraries_only();

/// The call that returns to `return_address`; when that is inside the C or C++ library, or in what
/// the C++ library's headers brought, the call further up that is in the program itself. 0 when
/// unknown. See protocol::make_location; the
/// offset is the call's address less the module's load bias, as in the module's own line table.
std::uint64_t location_of_caller(const void* return_address);

/// A place in code, for those who compare runs: `identity` is the same in each, whereas `location`
/// names modules by the order in which the run met them.
struct CodePlace {
  std::uint64_t location;
  std::uint64_t identity;
};

/// The place of `address` when it is in the program's own modules; false: in the system's.
bool place_of_code(std::uintptr_t address, CodePlace& place);

/// The file that holds `address`, and the offset as a file's own tables have it; no path: unknown.
protocol::FilePlace file_place_of(std::uint64_t address);

/// Whether the call that returns to `return_address` is made by the C or C++ library for itself.
bool is_library_call(const void* return_address);

/// The place of a static object; 0 when `address` is on a stack or the heap.
std::uint64_t location_of_data(std::uint64_t address);

}  // namespace grader::runtime
