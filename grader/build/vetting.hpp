#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/finding.hpp"

namespace grader {

/// Looks at what the object compiled from the student's `source` defines, before it is linked and
/// loaded. Refused, each with a finding that names it: `main`; names of the detectors (__tsan_*,
/// __asan_*, …), whose definition could hide every race; names of the C library, pthread_* among
/// them; of the C++ library, unless templates and inline functions; of GoogleTest and the harness;
/// constructor functions, ifuncs and symbol versions. So is using, not only defining, names of the
/// detectors (but what the compiler's instrumentation calls), of the harness, and functions that
/// look others up at run time (dlsym, …). Static objects with constructors of their own
/// are allowed. What only
/// the code shows (system calls without the C library, `no_sanitize`, assembly) is the build's to
/// look for: see code_scan.hpp.
Result<std::vector<Finding>> vet_object(const std::filesystem::path& object,
                                        const std::string& source);

/// A finding of kind tampering in the student's file `source`.
Finding tampering(const std::string& source, std::string message, const std::string& symbol = "");

}  // namespace grader
