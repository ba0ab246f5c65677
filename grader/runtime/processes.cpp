#include "runtime/processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "runtime/candidates.hpp"
#include "runtime/finding.hpp"
#include "runtime/fork_handlers.hpp"
#include "runtime/inherited_memory.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/raw_syscall.hpp"
#include "runtime/shared_memory.hpp"
#include "runtime/signals.hpp"
#include "runtime/streams.hpp"
#include "runtime/timers.hpp"
#include "runtime/tokens.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

Thread* main_thread_of(const Process& process) {
  for (Thread* thread : world().threads) {
    if (thread->process == process.id && thread->is_main) return thread;
  }
  return nullptr;
}

// `thread` is no more; it may have been in the middle of anything.
void end_thread(Thread& thread) {
  if (thread.life == Life::ended || thread.is_timer) return;
  const Operation op = thread.pending;
  const bool waited =
      thread.announced && (op.guard == Guard::token || op.guard == Guard::token_lock);
  if (thread.announced) retract(thread);
  if (waited) end_wait(world(), *op.object, thread, false);
  release_robust(thread);
  thread.life = Life::ended;
  --world().threads_alive;
  --process_of(thread).threads_alive;
  object_changed(*thread.object);
}

void record_end(Process& process) {
  const Thread* main = main_thread_of(process);
  const int status = process.wait_status;
  process.exit_event = world().header->events_used.load() + 1;
  if (WIFSIGNALED(status)) {
    record(*main, EventKind::process_signalled, WTERMSIG(status));
  } else if (process.id != 1) {
    record(*main, EventKind::process_exit, WEXITSTATUS(status));
  } else {
    process.exit_event = 0;
  }
}

// The parent of the dead: its children belong to nobody now.
void orphan_children(const Process& parent) {
  for (Process* child : world().processes) {
    if (child->parent == parent.id && child->ended) child->reaped = true;
  }
}

}  // namespace

Process* find_process(std::int32_t kernel_id) {
  for (Process* process : world().processes) {
    if (process->kernel_id == kernel_id && !process->reaped) return process;
  }
  return nullptr;
}

Process* add_process(std::uint32_t parent) {
  World& w = world();
  Process* process = w.arena.make<Process>();
  process->id = w.processes.size() + 1;
  process->parent = parent;
  w.processes.push_back(w.arena, process);
  return process;
}

void start_processes(Thread& main) { adopt_signals(main); }

void call_undertaker() {
  const std::int32_t undertaker = world().undertaker;
  if (undertaker != 0) raw_syscall(SYS_kill, undertaker, SIGURG);
}

void record_process(const Thread& thread, EventKind kind, std::int64_t value,
                    const Process& subject, const char* name) {
  protocol::Event e{};
  e.step = world().step;
  e.time_ns = world().now_ns;
  e.kind = kind;
  e.process = thread.process;
  e.thread = thread.id;
  e.object = subject.id;
  e.value = value;
  e.location = thread.location;
  if (name != nullptr) std::strncpy(e.name, name, sizeof e.name - 1);
  local.channel.append(e);
}

namespace {

// What the child of a fork shares with nobody, from the moment that it has the baton.
void become_child(Process& process, Thread& thread) {
  local.process = &process;
  self_thread = &thread;
  await_start(thread);
  thread.handle = pthread_self();
  note_thread_handle(thread);
  if (!thread.takes_signal) return;
  thread.takes_signal = false;
  deliver_signal(thread);
}

pid_t fork_really() {
  const Uncontrolled scope;
  return NEXT(fork)();
}

}  // namespace

int fork_controlled(Thread& self, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::process_start;
  op.location = location;
  op.recorded = false;
  perform(self, op);
  admit_another();
  run_handlers_before_fork();
  Process& parent = process_of(self);
  Process* process = add_process(parent.id);
  std::memcpy(process->name, parent.name, sizeof process->name);
  Thread* thread = add_thread(process->id, &self);
  thread->is_main = true;
  inherit_signals(*thread, self);
  inherit_locks(self, *thread);
  const pid_t pid = fork_really();
  if (pid == 0) {
    become_child(*process, *thread);
    run_handlers_in_child();
    return 0;
  }
  if (pid < 0) {
    remove_unstarted(*thread);
    process->ended = process->reaped = true;
    run_handlers_in_parent();
    return -1;
  }
  process->kernel_id = pid;
  call_undertaker();
  record(*thread, EventKind::process_start, parent.id);
  ready_to_start(*thread);
  run_handlers_in_parent();
  return pid;
}

void join_world(std::uint32_t id) {
  auto* w = reinterpret_cast<World*>(local.channel.arena());
  local.world = w;
  local.undertaker = w->undertaker;
  local.process = w->processes[id - 1];
  local.points = w->header->options.points;
  local.mutation = w->header->options.mutation;
  Process& process = *local.process;
  process.exec_failed = false;
  Thread* main = w->running.load();
  for (Thread* thread : w->threads) {
    if (thread->process == id && thread != main) end_thread(*thread);
  }
  main->is_main = true;
  main->held.clear();
  main->handle = pthread_self();
  forget_memory(process);
  delete_timers(process);
  note_thread_handle(*main);
  self_thread = main;
  local.active = true;
  adopt_signals(*main);
  all_streams_changed();  // the descriptors that exec closed
}

void bury(Process& process) {
  if (process.ended) return;
  World& w = world();
  process.ended = true;
  process.dead.store(true);
  process.end_order = ++w.ends;
  if (process.outside) --w.outside;
  record_end(process);
  stop_clocks(process);
  for (Thread* thread : w.threads) {
    if (thread->process == process.id) end_thread(*thread);
  }
  orphan_children(process);
  Process* parent = process.parent != 0 ? w.processes[process.parent - 1] : nullptr;
  if (parent != nullptr && parent->ended) process.reaped = true;
  if (parent != nullptr && !parent->ended) {
    send_child_signal(*parent, process);
    if (parent->children != nullptr) object_changed(*parent->children);
  }
  all_streams_changed();
}

void bury_the_dead() {
  World& w = world();
  const std::uint32_t deaths = w.deaths.load();
  if (deaths == w.buried) return;
  w.buried = deaths;
  for (Process* process : w.processes) {
    if (process->dead.load() && !process->ended) bury(*process);
  }
}

void kill_and_await(const Process& process) {
  const long fd = raw_syscall(SYS_pidfd_open, process.kernel_id, 0);
  raw_syscall(SYS_kill, process.kernel_id, SIGKILL);
  if (fd >= 0) {
    pollfd waiting{static_cast<int>(fd), POLLIN, 0};
    while (raw_syscall(SYS_poll, address_of(&waiting), 1, -1) == -EINTR) {
    }
    raw_syscall(SYS_close, fd);
  }
}

void kill_at_once(Process& process) {
  if (process.kernel_id == static_cast<std::int32_t>(raw_syscall(SYS_getpid))) {
    raw_syscall(SYS_kill, process.kernel_id, SIGKILL);
  }
  kill_and_await(process);
  process.wait_status = SIGKILL;
  bury(process);
}

bool is_awaited(const Process& process, const Process& parent, std::int64_t selector) {
  if (process.parent != parent.id || process.reaped) return false;
  if (selector > 0) return process.kernel_id == selector;
  if (selector == -1) return true;
  const long group = selector == 0 ? raw_syscall(SYS_getpgid, parent.kernel_id) : -selector;
  return raw_syscall(SYS_getpgid, process.kernel_id) == group;
}

bool has_stop_report(const Process& process, std::uint32_t options) {
  if (process.ended || process.stop_report == 0) return false;
  return (options & (process.stop_report == SIGCONT ? WCONTINUED : WUNTRACED)) != 0;
}

bool wait_can_end(const Thread& thread) {
  const Process& parent = process_of(thread);
  bool anybody = false;
  for (const Process* process : world().processes) {
    if (!is_awaited(*process, parent, thread.pending.value)) continue;
    if (process->ended || has_stop_report(*process, thread.wait_options)) return true;
    anybody = true;
  }
  return !anybody;
}

void record_signalled(const Process& process) {
  record(*main_thread_of(process), EventKind::process_signalled, WTERMSIG(process.wait_status));
}

void announce_outside(Thread& self, const Operation& operation) {
  announce(self, operation);
  call_undertaker();
}

void report_process_leftovers() {
  World& w = world();
  for (Process* process : w.processes) {
    if (process->id == 1) continue;
    if (process->ended && process->reaped && process->wait_status >= 0) continue;
    // Nobody is left who could have waited for it, and it does not run on.
    const bool is_orphan = process->parent == 0 || w.processes[process->parent - 1]->ended;
    if (!process->ended && is_orphan && is_dying(*process)) {
      kill_and_await(*process);
      continue;
    }
    Finding finding;
    finding.kind = protocol::FindingKind::leak;
    finding.thread = main_thread_of(*process);
    finding.sentence << "process " << std::uint64_t{process->id};
    if (process->name[0] != '\0') finding.sentence << " (" << process->name << ")";
    finding.sentence << ", started";
    finding.at(finding.thread->create_location);
    if (!process->ended) {
      finding.sentence << ", was left running when the program ended";
    } else {
      finding.sentence << ", ended and was never waited for: a zombie";
      const std::uint64_t event = process->exit_event;
      if (event != 0 && event <= w.header->events_capacity) {
        local.channel.events()[event - 1].flags |= protocol::kUnreaped;
      }
    }
    report(finding);
  }
}

}  // namespace grader::runtime

using namespace grader::runtime;

namespace grader::runtime {
namespace {

// The pid is the field "Pid:" of the descriptor's information.
std::int32_t read_pid(const char* text) {
  const char* at = std::strstr(text, "Pid:");
  return at != nullptr ? static_cast<std::int32_t>(std::strtol(at + 4, nullptr, 10)) : 0;
}

}  // namespace

std::int32_t pid_of_pidfd(int fd) {
  if (fd < 0) return 0;
  Sentence path;
  path << "/proc/self/fdinfo/" << static_cast<std::uint64_t>(fd);
  char text[1024];
  const long info = raw_syscall(SYS_open, address_of(path.text()), O_RDONLY | O_CLOEXEC);
  if (info < 0) return 0;
  const long size = raw_syscall(SYS_read, info, address_of(text), sizeof text - 1);
  raw_syscall(SYS_close, info);
  text[size > 0 ? size : 0] = '\0';
  return read_pid(text);
}

}  // namespace grader::runtime

GRADER_INTERPOSED pid_t fork() noexcept {
  Thread* self = controlled();
  return self != nullptr ? fork_controlled(*self, GRADER_CALLER) : NEXT(fork)();
}

// Two returns on one stack are not to be had from a function that stands in front; fork keeps every
// promise of vfork but speed.
GRADER_INTERPOSED pid_t vfork() noexcept {
  Thread* self = controlled();
  return self != nullptr ? fork_controlled(*self, GRADER_CALLER) : NEXT(fork)();
}
GRADER_INTERPOSED pid_t _Fork() noexcept {
  Thread* self = controlled();
  return self != nullptr ? fork_controlled(*self, GRADER_CALLER) : NEXT(_Fork)();
}
