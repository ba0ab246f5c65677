// Calls that make threads wait, or act at a time of their own, and that the runtime has no model
// for. Each is named in a finding and then goes through, so a program that uses one still runs;
// what is found beyond that point is to be read with care.
#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
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
GRADER_NAMED(int, mq_send, (mqd_t queue, const char* message, std::size_t size, unsigned priority),
             (queue, message, size, priority))
GRADER_NAMED(int, mq_timedsend,
             (mqd_t queue, const char* message, std::size_t size, unsigned priority,
              const timespec* until),
             (queue, message, size, priority, until))
GRADER_NAMED(ssize_t, mq_receive,
             (mqd_t queue, char* message, std::size_t size, unsigned* priority),
             (queue, message, size, priority))
GRADER_NAMED(ssize_t, mq_timedreceive,
             (mqd_t queue, char* message, std::size_t size, unsigned* priority,
              const timespec* until),
             (queue, message, size, priority, until))
GRADER_NAMED(ssize_t, sendfile, (int out, int in, off_t* at, std::size_t size) noexcept,
             (out, in, at, size))
GRADER_NAMED(int, sendmmsg, (int socket, mmsghdr* messages, unsigned count, int flags),
             (socket, messages, count, flags))
GRADER_NAMED(int, recvmmsg,
             (int socket, mmsghdr* messages, unsigned count, int flags, timespec* span),
             (socket, messages, count, flags, span))
GRADER_NAMED(int, aio_read, (aiocb * request) noexcept, (request))
GRADER_NAMED(int, aio_write, (aiocb * request) noexcept, (request))
GRADER_NAMED(int, aio_suspend, (const aiocb* const requests[], int count, const timespec* span),
             (requests, count, span))
GRADER_NAMED(int, lio_listio,
             (int mode, aiocb* const requests[], int count, sigevent* event) noexcept,
             (mode, requests, count, event))
