#pragma once

#include <cstdint>
#include <string_view>

namespace grader::protocol {

/// What a sync mutant does at its call. The numbers pass through the channel.
enum class MutationKind : std::uint32_t {
  none = 0,
  scout,          ///< no mutant: the runtime tells of each call that one could be made of
  drop_lock,      ///< neither this lock nor the unlock that belongs to it happens
  release_early,  ///< the lock is given back at once, the unlock that belongs to it is left out
  swap_locks,     ///< this lock and the next one of the thread change places
  drop_notify,    ///< nobody is notified
  notify_one,     ///< one is notified where all were to be
  wake_early,     ///< a timed wait is over at once; a semaphore is passed without a token
  drop_join,      ///< the thread is detached instead
  tear_update,    ///< an atomic read-modify-write becomes a load and a store
};

/// The calls of the program that mutants are made of.
enum class SyncCall : std::uint32_t {
  lock = 0,
  notify_one,
  notify_all,
  timed_wait,
  semaphore_wait,
  join,
  update,
};

/// The mutant of a run. `site`: the hash of the call and of those above it, up to the first in the
/// submission's own code.
struct Mutation {
  MutationKind kind = MutationKind::none;
  std::uint64_t site = 0;
};

constexpr std::string_view kMutationNames[] = {
    "none",        "scout",      "drop_lock",  "release_early", "swap_locks",
    "drop_notify", "notify_one", "wake_early", "drop_join",     "tear_update"};
constexpr std::string_view kSyncCallNames[] = {
    "lock", "notify_one", "notify_all", "timed_wait", "semaphore_wait", "join", "update"};

constexpr std::string_view to_text(MutationKind kind) {
  return kMutationNames[static_cast<std::uint32_t>(kind)];
}
constexpr std::string_view to_text(SyncCall call) {
  return kSyncCallNames[static_cast<std::uint32_t>(call)];
}

}  // namespace grader::protocol
