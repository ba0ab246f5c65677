#pragma once

namespace grader {

// What a program costs beneath ThreadSanitizer, as a multiple of what it costs without.
constexpr unsigned kSanitizerMemory = 6;  ///< shadow memory: five to six times the program's
constexpr unsigned kSanitizerTime = 5;    ///< of instrumented code

}  // namespace grader
