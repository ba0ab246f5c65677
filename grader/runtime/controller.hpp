#pragma once

#include "runtime/local.hpp"

namespace grader::runtime {

using protocol::CandidateKind;

/// Announces what the calling thread is about to do, lets the strategy choose among everything that
/// can happen, and returns when the calling thread has been chosen: as what, tells the result. The
/// caller then performs the operation, on the model and for real.
CandidateKind perform(Thread& self, const Operation& operation);

/// Chooses who is next and lets it go on: true when that is `self`, who has the baton already.
/// Null: the caller is no thread of the run's.
bool pass_on(Thread* self);

/// Starts a run in this process: the world, process 1 and the calling thread as thread 1.
void start_world();

/// Ends the run when one thread or process more would be too many alive at once.
void admit_another();

/// A new thread of `process`, alive, with thread_start pending once `ready_to_start` is called.
Thread* add_thread(std::uint32_t process, const Thread* creator);
void ready_to_start(Thread& thread);

/// `thread`, the newest, could not be created after all.
void remove_unstarted(Thread& thread);

/// Waits until `thread`, the calling one, is chosen for the first time.
void await_start(Thread& thread);

/// The calling thread ends; somebody else goes on.
void leave(Thread& self);

/// To be called after a change of `object`'s state: who waited for it may be able to go on.
void object_changed(Object& object);

/// Ends the run where it is: notes how, and ends the process at once with `status`.
[[noreturn]] void end_run(protocol::RunEnd end, int status);

/// Exit status of a process whose run the runtime ended.
constexpr int kEndedByRuntime = 125;

/// Brings the channel's summary up to date.
void write_summary();

}  // namespace grader::runtime
