#include <assert.h>

#include <cstring>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"

using namespace grader::runtime;

GRADER_INTERPOSED void __assert_fail(const char* expression, const char* file, unsigned line,
                                     const char* function) noexcept {
  Thread* self = controlled();
  if (self != nullptr) {
    Finding finding;
    finding.kind = grader::protocol::FindingKind::assertion;
    finding.thread = self;
    finding.sentence << "assertion failed in " << *self << ": " << file << ":"
                     << std::uint64_t{line} << ": " << expression;
    const std::uint64_t location = GRADER_CALLER;
    if (location != 0) finding.locations[finding.location_count++] = location;
    report(finding);
  }
  NEXT(__assert_fail)(expression, file, line, function);
  __builtin_unreachable();
}
