#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "protocol/channel.hpp"
#include "runtime/arena.hpp"
#include "runtime/strategy/strategies.hpp"

// The state of a run. Everything here lives in the channel's arena at one address in all processes
// of the run, holds no pointer to code, and is touched only by the holder of the baton.
namespace grader::runtime {

using protocol::EventKind;

struct Thread;
struct Object;
struct Timer;

/// When a thread's pending operation can be performed. One enumerator per condition: the
/// controller evaluates it in whatever process it runs.
enum class Guard : std::uint8_t {
  open,          ///< always
  never,         ///< only a time-out, a signal or a cancellation ends it
  free_lock,     ///< `object` has no owner and no readers
  free_shared,   ///< `object` has no owner
  free_or_own,   ///< `object` has no owner, or the thread is the owner
  token,         ///< a notify or wake is there that came after the thread began to wait
  token_lock,    ///< the same, and the lock `object_2` is free
  positive,      ///< the semaphore `object` can be decremented
  opened,        ///< the barrier's generation is past the thread's
  ended,         ///< the thread behind `object` has ended
  not_running,   ///< nobody runs the initialisation behind `object`
  changed,       ///< the stream `object` changed since the thread looked at it
  child_ended,   ///< a child that the thread waits for has ended, or there is none left
  signal_there,  ///< one of the signals in `value` is pending
};

constexpr std::int64_t kNoDeadline = INT64_MAX;

/// What a thread is about to do.
struct Operation {
  EventKind kind = EventKind::none;
  Guard guard = Guard::open;
  bool is_write = true;         ///< whether it may change `object`
  bool may_fail = false;        ///< a try operation that the strategy may let fail
  bool may_wake = false;        ///< a condition wait that the strategy may end for nothing
  bool passes_over = false;     ///< a yield: others should run first
  bool polls_clock = false;     ///< it waits for the clock to move
  bool undecided = false;       ///< whether it is progress shows only afterwards
  bool recorded = true;         ///< whether performing it is an event of the trace
  bool cancellable = false;     ///< a cancellation ends it
  bool interruptible = false;   ///< a signal that ran a handler ends it
  bool never_restarts = false;  ///< even when the handler asks for calls to be started again
  Object* object = nullptr;
  Object* object_2 = nullptr;
  std::uint64_t location = 0;
  std::int64_t deadline_ns = kNoDeadline;
  std::int64_t value = 0;
};

enum class ObjectKind : std::uint8_t {
  memory,
  mutex,
  rwlock,
  spin,
  condition,
  semaphore,
  barrier,
  once,
  futex,
  thread,
  file,
  stream,    ///< a pipe, socket or FIFO
  children,  ///< the end of a process's children
};

/// Who holds a lock, and since which call.
struct Hold {
  Thread* thread;
  std::uint64_t location;
  bool operator==(const Hold&) const = default;
};

/// The model of one primitive. Which fields mean something depends on `kind`.
struct Object {
  std::uint32_t id = 0;  ///< by order of first use in the run, from 1
  ObjectKind kind = ObjectKind::memory;
  bool recursive = false;
  bool error_checking = false;
  bool robust = false;
  bool posix = false;  ///< set up by its POSIX init function: a try never fails for nothing
  bool owner_died = false;
  bool realtime = true;       ///< a condition's clock
  std::uint32_t process = 0;  ///< whose address it is; 0: shared memory
  std::uint64_t address = 0;
  Object* next_in_bucket = nullptr;

  Thread* owner = nullptr;  ///< exclusive holder of a lock; runner of a once
  std::uint32_t depth = 0;  ///< of a recursive lock
  std::uint64_t owner_location = 0;
  ArenaVector<Hold> readers;
  std::uint32_t lockers[2] = {0, 0};  ///< the last two different threads that took the lock

  ArenaVector<std::uint64_t> tokens;  ///< notifies not yet taken: sequence numbers, ascending
  std::uint64_t sequence = 0;         ///< of waits and notifies of this object
  std::uint32_t waiters = 0;
  std::uint64_t notify_location = 0;  ///< of the last notify
  std::uint32_t notify_thread = 0;    ///< who made it; 0: nobody ever did
  std::uint64_t notify_sequence = 0;  ///< its place among the waits and notifies
  bool notify_found_nobody = false;   ///< it came when nobody waited
  bool notify_woke_one = false;       ///< it was for one of several who waited
  std::uint32_t last_taker = 0;       ///< who was woken last

  std::int64_t value = 0;     ///< semaphore: count; barrier: size
  std::uint32_t arrived = 0;  ///< barrier
  std::uint64_t generation = 0;

  Thread* thread = nullptr;  ///< of ObjectKind::thread

  ArenaVector<Thread*> pending;  ///< whose guarded operation refers to this object

  std::uint64_t birth = 0;  ///< its identity for the happens-before hash
  std::uint64_t write_chain = 0;
  std::uint64_t read_sum = 0;
};

/// What an atomic showed.
struct Look {
  std::uint64_t address;
  std::uint64_t value;
  bool operator==(const Look&) const = default;
};

/// Variables that one loop may spin on: Peterson's lock needs two, Lamport's bakery more.
constexpr std::uint32_t kLooksKept = 4;

enum class Life : std::uint8_t { starting, running, ended };

struct Thread {
  std::atomic<std::uint32_t> baton = 0;  ///< 1: may run; a futex
  std::uint32_t id = 0;                  ///< in the run, by order of creation, from 1
  std::uint32_t process = 0;
  Life life = Life::starting;
  bool is_main = false;  ///< of its process
  bool detached = false;
  bool joined = false;
  bool enabled = false;    ///< its pending operation is among the candidates
  bool announced = false;  ///< it has a pending operation
  protocol::CandidateKind chosen = protocol::CandidateKind::step;
  Operation pending;
  std::int64_t enabled_at_ns = 0;
  pthread_t handle = 0;
  Object* object = nullptr;         ///< what joiners wait on
  ArenaVector<Object*> held;        ///< locks, in the order in which they were taken
  std::uint64_t wait_sequence = 0;  ///< of the wait it is in
  std::uint32_t clock_reads = 0;    ///< in a row
  std::uint32_t looks = 0;          ///< at atomics, in a row
  Look seen_since[kLooksKept];      ///< by atomic operations that changed nothing, since its last
                                    ///< progress; a ring
  std::uint32_t seen_count = 0;     ///< how many went into the ring
  std::uint64_t barrier_generation = 0;
  std::uint32_t spins = 0;  ///< polling operations in a row
  std::uint64_t spin_location = 0;
  std::uint64_t location = 0;  ///< of its last operation
  std::uint64_t create_location = 0;
  bool cancel_requested = false;
  bool cancel_disabled = false;
  bool cancel_asynchronous = false;
  void* routine = nullptr;  ///< valid in its own process only
  void* argument = nullptr;
  std::uint64_t chain = 0;    ///< hash of its causal past
  std::uint64_t segment = 1;  ///< grows with all that others could be ordered by
  std::uint64_t births = 0;
  char name[16] = {};

  std::uint64_t signal_mask = 0;      ///< bit n - 1: signal n is blocked, as the program knows it
  std::uint64_t signals_pending = 0;  ///< sent to this thread alone
  bool signalled = false;             ///< the delivery of one is among the candidates
  bool takes_signal = false;          ///< chosen to have a signal delivered
  bool is_timer = false;              ///< no thread of the program's, but a clock that rings
  bool restarts = false;              ///< the last handler asked for calls to be started again
  std::uint32_t wait_options = 0;     ///< of waitpid, while it waits for a child
  Timer* timer = nullptr;             ///< whose clock it is; null: its process's alarm
  std::uint32_t signal_delays = 0;    ///< steps made since a signal could have been delivered
  std::int64_t signalled_at_ns = kNoDeadline;  ///< since when one could; kNoDeadline: none can
  std::uint64_t seen = 0;                      ///< Object::generation of the stream when it looked

  ArenaVector<Object*> pretended;       ///< mutants: locks that it goes on without
  pthread_mutex_t* deferred = nullptr;  ///< mutants: to be locked after the next
  std::uint64_t deferred_location = 0;
};

constexpr std::uint32_t kSignals = 64;

/// What a process does with a signal.
enum class Disposition : std::uint8_t { by_default, ignored, handled };

/// Who sent a pending signal, for the handler to know.
struct SignalOrigin {
  std::int32_t process;  ///< kernel's id
  std::int32_t code;     ///< si_code
  std::int64_t value;    ///< si_value, or the wait status of a child
};

struct Process {
  std::uint32_t id = 0;
  std::int32_t kernel_id = 0;
  std::uint32_t parent = 0;
  std::uint32_t threads_alive = 0;
  bool ended = false;  ///< buried: the model knows
  bool reaped = false;
  bool stopped = false;             ///< by SIGSTOP, until SIGCONT
  bool was_signalled = false;       ///< somebody of the run sent it a signal
  bool exec_failed = false;         ///< it could not execute a program
  bool status_seen = false;         ///< its parent looked at how it ended without reaping it
  bool wants_no_stops = false;      ///< SA_NOCLDSTOP: no SIGCHLD for a child that stops
  std::int32_t stop_report = 0;     ///< SIGSTOP, SIGCONT: what its parent was not told yet; else 0
  bool outside = false;             ///< it runs a program that the runtime cannot enter
  std::atomic<bool> dead = false;   ///< the kernel has ended it; set before it is buried
  std::int32_t wait_status = 0;     ///< once ended
  std::uint64_t exit_event = 0;     ///< sequence number in the trace of its end, plus 1
  std::uint64_t end_order = 0;      ///< from 1
  std::uint32_t warned = 0;         ///< last signal that asked it to end
  std::uint64_t exec_location = 0;  ///< of its last exec; 0: it made none
  Object* children = nullptr;       ///< what waits for children wait on
  std::uint64_t signals_pending = 0;
  std::uint64_t signals_real = 0;  ///< of those, who are pending in the kernel too
  Disposition dispositions[kSignals] = {};
  std::uint64_t restarting = 0;  ///< handlers with SA_RESTART
  std::uint64_t handler_masks[kSignals] = {};
  SignalOrigin origins[kSignals] = {};
  Thread* alarm = nullptr;  ///< sends SIGALRM
  char name[32] = {};       ///< of the program it runs
};

/// What a timer does when its time has come.
enum class Notice : std::uint8_t { none, signal, thread, descriptor };

/// One of timer_create or timerfd_create.
struct Timer {
  std::uint32_t id = 0;  ///< from 1, in the run
  std::uint32_t process = 0;
  bool deleted = false;
  Notice notice = Notice::none;
  std::int32_t signal = 0;
  std::int32_t clock_id = 0;
  std::int64_t value = 0;     ///< the signal's payload, or the function's argument
  std::int64_t overrun = 0;   ///< times that it rang while its signal was still pending
  Thread* clock = nullptr;    ///< waits for its time
  Object* expired = nullptr;  ///< Notice::thread: how often it rang; descriptor: its stream
  std::uint64_t rang = 0;     ///< Notice::descriptor: since the last read
  std::int32_t descriptor = -1;
  void* function = nullptr;  ///< valid in its own process only
};

/// One of signalfd.
struct SignalDescriptor {
  Object* stream = nullptr;
  std::uint64_t mask = 0;        ///< bit n - 1: it reads signal n
  std::uint32_t process = 0;     ///< who made it
  std::int32_t descriptor = -1;  ///< its number there
};

struct SharedBlock;
constexpr std::size_t kSharedBuckets = 64;

struct World {
  Arena arena;
  protocol::ChannelHeader* header = nullptr;
  StrategyState strategy;
  ArenaVector<Thread*> threads;             ///< by id - 1
  ArenaVector<Process*> processes;          ///< by id - 1
  ArenaVector<protocol::Candidate> ready;   ///< by (thread, kind); no time-outs
  ArenaVector<protocol::Candidate> merged;  ///< scratch: with time-outs
  ArenaVector<Thread*> sleepers;            ///< pending with a deadline, by (deadline, id)
  ArenaVector<Object*> buckets;             ///< of the object table; a power of two
  std::uint32_t objects = 0;
  std::uint32_t steppable = 0;  ///< threads with a step candidate
  std::uint32_t threads_alive = 0;
  std::uint32_t previous_thread = 0;
  bool previous_yielded = false;
  bool over = false;        ///< the run has ended; nobody is chosen any more
  std::int64_t now_ns = 0;  ///< virtual, since the start of the run
  std::uint64_t step = 0;
  std::int32_t leaving = 0;  ///< kernel id of a thread that has ended for the model alone; 0: none
  std::uint64_t step_of_time = 0;  ///< step at which the clock last moved
  std::uint64_t choices = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t happens_before_hash = 0;

  std::atomic<Thread*> running = nullptr;  ///< who has the baton; null: the undertaker
  std::atomic<std::uint32_t> started = 0;  ///< the world is there
  std::atomic<std::uint32_t> deaths = 0;   ///< noticed by the undertaker
  std::uint32_t buried = 0;                ///< of these
  std::int32_t undertaker = 0;             ///< kernel's process id; 0: there is none
  std::uint32_t deliverable = 0;           ///< threads with a signal candidate
  std::uint64_t ends = 0;                  ///< processes that have ended
  std::atomic<std::uint32_t> outside = 0;  ///< processes that run outside
  std::uint32_t outside_waits = 0;         ///< looks in a row that found all of them waiting
  Object* streams = nullptr;               ///< changes with every stream
  ArenaVector<Object*> streams_known;      ///< by first use
  std::uint64_t shared_mappings = 0;
  SharedBlock* shared_blocks[kSharedBuckets] = {};  ///< who accessed what of shared memory
  std::uint32_t shared_block_count = 0;
  ArenaVector<SignalDescriptor*> signal_descriptors;
  ArenaVector<Timer*> timers;  ///< by id; of every process
};

}  // namespace grader::runtime
