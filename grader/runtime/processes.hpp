#pragma once

#include "runtime/controller.hpp"

// The processes of a run. All of them share the world; at any moment one thread of one process has
// the baton. A process that ends dies with the baton in its hand, and the fork server, which sees
// every death, buries it in the model and passes the baton on: the same way for exit, crash, kill.
namespace grader::runtime {

/// Environment of an executed program that stays in the run: its process's id in the model.
constexpr const char* kProcessVariable = "GRADER_PROCESS";

inline Process& process_of(const Thread& thread) { return *world().processes[thread.process - 1]; }

/// What a run needs of processes from its start.
void start_processes(Thread& main);

/// The living or unreaped process with this kernel id; null: none of the run's.
Process* find_process(std::int32_t kernel_id);

/// A new process, child of the calling one, as yet without threads.
Process* add_process(std::uint32_t parent);

/// fork by the calling thread; as fork returns.
int fork_controlled(Thread& self, std::uint64_t location);

/// This process, just executed, is `id` of a run that goes on: waits for the baton, which its
/// predecessor left to it, and makes the calling thread its main thread.
void join_world(std::uint32_t id);

/// The model learns that `process` has ended: who waits for it, for its locks or its end of a pipe
/// may go on. The kernel has ended it before.
void bury(Process& process);

/// Buries whom the undertaker found dead. To be called by the holder of the baton alone.
void bury_the_dead();

/// `self` is about to execute a program that cannot be entered. It keeps the baton until it ends,
/// or the undertaker sees it wait for something.
void announce_outside(Thread& self, const Operation& operation);

/// Ends a process by SIGKILL in the middle of whatever it does, and buries it.
void kill_at_once(Process& process);

/// Tells the undertaker that there is a new process to watch.
void call_undertaker();

/// Guard::child_ended: `pending.value` is the argument of waitpid.
bool wait_can_end(const Thread& thread);

/// Whether `process` stopped or goes on and its parent, who asks with these options of waitpid, was
/// not told.
bool has_stop_report(const Process& process, std::uint32_t options);

/// The kernel's id of the process behind a pidfd; 0 when it is none.
std::int32_t pid_of_pidfd(int fd);

/// Whether `process` is one that waitpid(`selector`) asked by a thread of `parent` is about.
bool is_awaited(const Process& process, const Process& parent, std::int64_t selector);

/// Appends an event about another process.
void record_process(const Thread& thread, EventKind kind, std::int64_t value,
                    const Process& subject, const char* name = nullptr);

/// The first process was ended by a signal.
void record_signalled(const Process& process);

/// At the end of the run: processes left, never waited for.
void report_process_leftovers();

}  // namespace grader::runtime
