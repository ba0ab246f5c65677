#pragma once

#include "protocol/detector_report.hpp"

namespace grader::runtime {

/// Whether the real ThreadSanitizer is loaded behind the runtime; then starts it. To be called
/// once.
bool start_thread_sanitizer();

/// Its functions that tell of the report being made, once it has started.
const protocol::DetectorFunctions& detector_functions();

/// To be called before runs are forked with _Fork(): has ThreadSanitizer's own thread come and go
/// here, once, instead of in every run that starts a thread. Nothing without it.
void settle_thread_sanitizer();

/// Tells ThreadSanitizer of a happens-before edge that its own interceptors do not know: everything
/// before a release of `address` comes before everything after a later acquire. Nothing without it.
void sanitizer_release(const volatile void* address);
void sanitizer_acquire(const volatile void* address);

/// Sets a byte that the program's instrumented code reads, as a release store that
/// ThreadSanitizer sees.
void publish_flag(char* flag);

}  // namespace grader::runtime
