#pragma once

#include <cstdint>

namespace grader::protocol {

/// What happened. One enumerator per kind of step; `to_text` (event_text.hpp) gives its name.
/// The numbers are part of the trace format: append, never renumber.
enum class EventKind : std::uint16_t {
  none = 0,
  // Life of processes. `value`: exit code, signal number, or wait status.
  process_start,
  process_exec,
  process_exit,
  process_signalled,
  process_reaped,
  // Life of threads. `value` is the id of the other thread where there is one.
  thread_create,
  thread_start,
  thread_exit,
  thread_join,
  thread_detach,
  // Synchronisation. `object` is the primitive.
  lock,
  lock_failed,
  unlock,
  read_lock,
  wait_begin,
  wait_end,  ///< `value`: 0 notified, ETIMEDOUT, or kSpurious
  notify_one,
  notify_all,
  semaphore_wait,
  semaphore_post,
  barrier_wait,
  once,
  futex_wait,
  futex_wake,
  object_init,
  object_destroy,
  // Time. `value`: nanoseconds.
  sleep,
  wake,
  yield,
  timer,
  // Memory, when scheduling points are `atomics` or `accesses`.
  atomic_load,
  atomic_store,
  atomic_update,
  fence,
  memory_read,
  memory_write,
  // Processes' communication.
  signal_sent,
  signal_delivered,
  pipe_create,
  pipe_read,
  pipe_write,
  descriptor_close,
  descriptor_wait,
  // Seen by the harness, or by anybody.
  output,          ///< text: what was written; `value`: 1 stdout, 2 stderr
  mark,            ///< name: `trace::event`'s; text: "key=value;key=value"
  test_assertion,  ///< text: "file:line: message" of a failed assertion
  test_end,        ///< `value`: 0 passed, 1 failed; name: the scenario
  closing,         ///< the harness's own closing record; `value`: RunOptions::closing_key
  blocked,         ///< the thread could not go on with the operation on `object`
  // Other operations that the runtime models.
  descriptor_open,
  thread_cancel,
  unsupported,  ///< name: the function that is not modelled
  call_site,    ///< scouting runs: name: the SyncCall; text: the calls above it (mutation.cpp)
};

constexpr std::int64_t kSpurious = -1;
/// Flag of process_exit and process_signalled: the parent never reaped it (a zombie at the end).
constexpr std::uint16_t kUnreaped = 1;
constexpr std::uint32_t kEventNameSize = 32;

/// One step of a run: fixed-size plain data, written by the program under test's process into the
/// channel, read by the grader. Ids count from 1 in order of creation, so they are the same in
/// every replay; kernel pids and tids never appear.
struct Event {
  std::uint64_t sequence;  ///< position in the trace, from 0
  std::uint64_t step;      ///< scheduling step that it belongs to; 0 in native runs
  std::int64_t time_ns;    ///< since the start of the run, virtual where time is virtual
  EventKind kind;
  std::uint16_t flags;
  std::uint32_t process;  ///< 1 is the program itself
  std::uint32_t thread;   ///< unique in the run, not per process; 1 is the main thread
  std::uint32_t text_size;
  std::uint64_t text_offset;  ///< into the channel's text region
  std::uint64_t object;       ///< identity of the primitive; stable within the run
  std::int64_t value;
  std::uint64_t location;     ///< `make_location(module, offset)`, or 0 when unknown
  char name[kEventNameSize];  ///< NUL-terminated
};
static_assert(sizeof(Event) == 104);

/// A code address that means the same in another process: index into the channel's module table
/// (from 1) in the upper 16 bits, offset in that module's file image below.
constexpr std::uint64_t make_location(std::uint32_t module_index, std::uint64_t offset) {
  return (std::uint64_t{module_index} << 48U) | (offset & 0xFFFF'FFFF'FFFFULL);
}
constexpr std::uint32_t location_module(std::uint64_t location) {
  return static_cast<std::uint32_t>(location >> 48U);
}
constexpr std::uint64_t location_offset(std::uint64_t location) {
  return location & 0xFFFF'FFFF'FFFFULL;
}

}  // namespace grader::protocol
