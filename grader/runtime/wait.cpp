#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>

#include "runtime/finding.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/signals.hpp"
#include "runtime/trace.hpp"

// The model says which child a wait is for; the real wait then reaps that one, which the kernel has
// ended already.
namespace grader::runtime {
namespace {

constexpr std::int64_t kAnyChild = -1;

Object& children_of(Process& process, const Thread& user) {
  if (process.children == nullptr) process.children = new_object(ObjectKind::children, &user);
  return *process.children;
}

// Of those who have ended, the one that ended first: null when there is none.
Process* first_ended(const Process& parent, std::int64_t selector) {
  Process* first = nullptr;
  for (Process* process : world().processes) {
    if (!process->ended || !is_awaited(*process, parent, selector)) continue;
    if (first == nullptr || process->end_order < first->end_order) first = process;
  }
  return first;
}

// Of those who have stopped or gone on, the first that the parent asks for and was not told of.
Process* first_reporting(const Thread& self, std::int64_t selector) {
  for (Process* process : world().processes) {
    if (!is_awaited(*process, process_of(self), selector)) continue;
    if (has_stop_report(*process, self.wait_options)) return process;
  }
  return nullptr;
}

// The wait status of a process that has stopped or goes on.
int take_stop_report(Process& process, bool keep) {
  const int signal = process.stop_report;
  if (!keep) process.stop_report = 0;
  return signal == SIGCONT ? 0xFFFF : (signal << 8) | 0x7F;
}

// Waits until there is something to say. `signal`: interrupted; `step`: *ended is the child, or
// null when there is nobody (left) to wait for, or none has ended yet and `no_hang` was asked.
CandidateKind await_child(Thread& self, std::int64_t selector, int options, std::uint64_t location,
                          Process** ended) {
  const bool no_hang = (options & WNOHANG) != 0;
  self.wait_options = static_cast<std::uint32_t>(options);
  Process& parent = process_of(self);
  Operation op;
  op.kind = EventKind::process_reaped;
  op.guard = no_hang ? Guard::open : Guard::child_ended;
  op.object = &children_of(parent, self);
  op.location = location;
  op.value = selector;
  op.recorded = false;
  op.undecided = no_hang;
  op.interruptible = true;
  op.cancellable = true;
  const CandidateKind outcome = perform(self, op);
  *ended = first_ended(parent, selector);
  if (no_hang && *ended == nullptr) {
    note_poll(self, location);
  } else {
    self.spins = 0;
  }
  return outcome;
}

void note_reaped(Thread& self, Process& child, int status) {
  child.reaped = true;
  record_process(self, EventKind::process_reaped, status, child);
}

void report_nobody(Thread& self, std::int64_t pid, std::uint64_t location) {
  for (const Process* process : world().processes) {
    if (process->kernel_id == pid && process->parent == self.process) return;
  }
  Finding finding;
  finding.kind = protocol::FindingKind::misuse;
  finding.thread = &self;
  finding.sentence << self << " waits for a process that is not its child";
  finding.at(location);
  report(finding);
}

// Who gives no room for the status throws it away: it never shows that the child failed. Not so
// when it is known: the child was sent a signal, could not execute its program (there are better
// ways than a code to say so), or was looked at before.
void report_lost_code(const Thread& self, const Process& child, int status,
                      std::uint64_t location) {
  const bool could_not_execute = child.exec_failed && !child.outside;
  if (status == 0 || child.was_signalled || could_not_execute || child.status_seen) return;
  Finding finding;
  finding.kind = protocol::FindingKind::exit_code;
  finding.thread = &self;
  finding.sentence << "process " << std::uint64_t{child.id};
  if (child.name[0] != '\0') finding.sentence << " (" << child.name << ")";
  if (WIFSIGNALED(status)) {
    finding.sentence << " was ended by signal " << static_cast<std::uint64_t>(WTERMSIG(status));
  } else {
    finding.sentence << " ended with exit code " << static_cast<std::uint64_t>(WEXITSTATUS(status));
  }
  finding.sentence << ", which is lost: it was waited for";
  finding.at(location);
  finding.sentence << " without a place for its status";
  report(finding);
}

pid_t fail(int error) {
  errno = error;
  return -1;
}

pid_t wait_for_child(Thread& self, pid_t selector, int* status, int options, rusage* usage,
                     std::uint64_t location) {
  Process* child = nullptr;
  if (await_child(self, selector, options, location, &child) == CandidateKind::signal) {
    return fail(EINTR);
  }
  Process* changed = child == nullptr ? first_reporting(self, selector) : nullptr;
  if (changed != nullptr) {
    const int seen = take_stop_report(*changed, false);
    if (status != nullptr) *status = seen;
    return changed->kernel_id;
  }
  if (child == nullptr) {
    const pid_t result = NEXT(wait4)(selector, status, options | WNOHANG, usage);
    if (result < 0 && selector > 0) report_nobody(self, selector, location);
    return result;
  }
  int seen = 0;
  const pid_t pid = NEXT(wait4)(child->kernel_id, &seen, options & ~WNOHANG, usage);
  if (pid == child->kernel_id && status != nullptr) *status = seen;
  if (pid == child->kernel_id && !WIFSTOPPED(seen) && !WIFCONTINUED(seen)) {
    note_reaped(self, *child, seen);
    if (status == nullptr) report_lost_code(self, *child, seen, location);
  }
  return pid;
}

pid_t wait_controlled(Thread& self, pid_t selector, int* status, int options, rusage* usage,
                      std::uint64_t location) {
  const pid_t pid = wait_for_child(self, selector, status, options, usage, location);
  come_back_from_kernel(self);
  return pid;
}

std::int64_t selector_of(idtype_t type, id_t id) {
  if (type == P_PID) return static_cast<std::int64_t>(id);
  if (type == P_PGID) return id == 0 ? 0 : -static_cast<std::int64_t>(id);
  return kAnyChild;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

GRADER_INTERPOSED pid_t waitpid(pid_t pid, int* status, int options) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(waitpid)(pid, status, options);
  return wait_controlled(*self, pid, status, options, nullptr, GRADER_CALLER);
}

GRADER_INTERPOSED pid_t wait(int* status) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(wait)(status);
  return wait_controlled(*self, -1, status, 0, nullptr, GRADER_CALLER);
}

GRADER_INTERPOSED pid_t wait3(int* status, int options, rusage* usage) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(wait3)(status, options, usage);
  return wait_controlled(*self, -1, status, options, usage, GRADER_CALLER);
}

GRADER_INTERPOSED pid_t wait4(pid_t pid, int* status, int options, rusage* usage) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(wait4)(pid, status, options, usage);
  return wait_controlled(*self, pid, status, options, usage, GRADER_CALLER);
}

GRADER_INTERPOSED int waitid(idtype_t type, id_t id, siginfo_t* info, int options) {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(waitid)(type, id, info, options);
  const std::uint64_t location = GRADER_CALLER;
  std::int64_t selector = selector_of(type, id);
  if (type == P_PIDFD) selector = pid_of_pidfd(static_cast<int>(id));
  Process* child = nullptr;
  if (await_child(*self, selector, options, location, &child) == CandidateKind::signal) {
    return fail(EINTR);
  }
  Process* changed = child == nullptr ? first_reporting(*self, selector) : nullptr;
  if (changed != nullptr) {
    const int seen = take_stop_report(*changed, (options & WNOWAIT) != 0);
    if (info == nullptr) return 0;
    *info = {};
    info->si_signo = SIGCHLD;
    info->si_pid = changed->kernel_id;
    info->si_code = WIFCONTINUED(seen) ? CLD_CONTINUED : CLD_STOPPED;
    info->si_status = WIFCONTINUED(seen) ? SIGCONT : WSTOPSIG(seen);
    return 0;
  }
  if (child == nullptr) return NEXT(waitid)(type, id, info, options | WNOHANG);
  siginfo_t own{};
  siginfo_t* const seen = info != nullptr ? info : &own;
  const auto pid = static_cast<id_t>(child->kernel_id);
  const int result = NEXT(waitid)(P_PID, pid, seen, options & ~WNOHANG);
  if (result == 0 && seen->si_pid != 0 && (options & WNOWAIT) != 0) child->status_seen = true;
  if (result == 0 && seen->si_pid != 0 && (options & WNOWAIT) == 0) {
    note_reaped(*self, *child, child->wait_status);
    if (info == nullptr) report_lost_code(*self, *child, child->wait_status, location);
  }
  come_back_from_kernel(*self);
  return result;
}
