// Calls that make threads wait, or act at a time of their own, and that the runtime has no model
// for. Each is named in a finding and then goes through, so a program that uses one still runs;
// what is found beyond that point is to be read with care.
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"

using grader::runtime::controlled;
using grader::runtime::report_unsupported;
using grader::runtime::Thread;

namespace {
constexpr const char* kOtherKernelThread = "it makes a thread that the runtime does not know";
}  // namespace

extern "C" int clone(int (*function)(void*), void* stack, int flags, void* argument, ...) noexcept;

GRADER_INTERPOSED int clone(int (*function)(void*), void* stack, int flags, void* argument,
                            ...) noexcept {
  Thread* self = controlled();
  if (self != nullptr) report_unsupported(*self, "clone", kOtherKernelThread, GRADER_CALLER);
  __builtin_va_list rest;
  __builtin_va_start(rest, argument);
  auto* parent_tid = __builtin_va_arg(rest, pid_t*);
  void* tls = __builtin_va_arg(rest, void*);
  auto* child_tid = __builtin_va_arg(rest, pid_t*);
  __builtin_va_end(rest);
  return NEXT(clone)(function, stack, flags, argument, parent_tid, tls, child_tid);
}
