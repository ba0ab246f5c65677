// Calls that make threads wait, or act at a time of their own, and that the runtime has no model
// for. Each is named in a finding and then goes through, so a program that uses one still runs;
// what is found beyond that point is to be read with care.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/time.h>
#include <sys/uio.h>
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

namespace {
constexpr const char* kWaitsUnseen = "it may wait, or wake somebody, where nobody sees it";
}  // namespace

// A function that is named and then goes through.
#define GRADER_NAMED(result, name, parameters, arguments)                               \
  GRADER_INTERPOSED result name parameters {                                            \
    Thread* self = controlled();                                                        \
    if (self != nullptr) report_unsupported(*self, #name, kWaitsUnseen, GRADER_CALLER); \
    return NEXT(name) arguments;                                                        \
  }

GRADER_NAMED(ssize_t, splice,
             (int in, off64_t* in_at, int out, off64_t* out_at, std::size_t size, unsigned flags),
             (in, in_at, out, out_at, size, flags))
GRADER_NAMED(ssize_t, tee, (int in, int out, std::size_t size, unsigned flags),
             (in, out, size, flags))
GRADER_NAMED(ssize_t, vmsplice, (int fd, const iovec* parts, std::size_t count, unsigned flags),
             (fd, parts, count, flags))
GRADER_NAMED(int, msgsnd, (int queue, const void* message, std::size_t size, int flags),
             (queue, message, size, flags))
GRADER_NAMED(ssize_t, msgrcv, (int queue, void* message, std::size_t size, long type, int flags),
             (queue, message, size, type, flags))
GRADER_NAMED(int, semop, (int set, sembuf* operations, std::size_t count) noexcept,
             (set, operations, count))
GRADER_NAMED(int, semtimedop,
             (int set, sembuf* operations, std::size_t count, const timespec* span) noexcept,
             (set, operations, count, span))
