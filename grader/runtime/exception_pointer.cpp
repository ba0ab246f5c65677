// libstdc++ counts the owners of an exception in its own uninstrumented code, so ThreadSanitizer
// does not see that the last owner, who destroys it, comes after all others, and reports a race.
// Each release of an owner is told to it here.
#include "runtime/local.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/thread_sanitizer.hpp"

extern "C" void _ZNSt15__exception_ptr13exception_ptr10_M_releaseEv(void** pointer);

GRADER_INTERPOSED void _ZNSt15__exception_ptr13exception_ptr10_M_releaseEv(void** pointer) {
  void* exception = *pointer;
  if (exception != nullptr) {
    grader::runtime::sanitizer_release(exception);
    grader::runtime::sanitizer_acquire(exception);
  }
  NEXT(_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv)(pointer);
}
