#include "runtime/mutation.hpp"

#include <unwind.h>

#include "runtime/finding.hpp"
#include "runtime/hash.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/trace.hpp"

namespace grader::runtime {
namespace {

using protocol::MutationKind;
using protocol::SyncCall;

constexpr std::uint32_t kDepthMax = 10;    // from the interposed call to the submission's own
constexpr std::uint32_t kToldMax = 4'000;  // call sites that a scouting run tells of
constexpr std::uint32_t kHexDigits = 16;
constexpr std::uint32_t kWordsPerFrame = 2;  // location, hash up to here

struct Calls {
  CodePlace frames[kDepthMax];
  std::uint32_t size = 0;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) {
  auto* calls = static_cast<Calls*>(argument);
  const std::uintptr_t address = _Unwind_GetIP(context);
  if (address == 0 || calls->size == kDepthMax) return _URC_END_OF_STACK;
  if (place_of_code(address - 1, calls->frames[calls->size])) ++calls->size;
  return _URC_NO_REASON;
}

Calls calls_above() {
  const Uncontrolled scope;
  Calls calls;
  _Unwind_Backtrace(add_frame, &calls);
  return calls;
}

char* write_hex(char* to, std::uint64_t word) {
  for (std::uint32_t i = 0; i < kHexDigits; ++i) {
    to[i] = "0123456789abcdef"[(word >> (60U - 4U * i)) & 0xFU];
  }
  return to + kHexDigits;
}

// "<location><hash up to here>…", each 16 hexadecimal digits, the innermost call first.
void tell(const Thread& self, SyncCall call, const Calls& calls) {
  static std::uint32_t told = 0;
  if (++told > kToldMax) return;
  char text[kDepthMax * kWordsPerFrame * kHexDigits];
  char* at = text;
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < calls.size; ++i) {
    hash = mix(hash, calls.frames[i].identity);
    at = write_hex(write_hex(at, calls.frames[i].location), hash);
  }
  record_text(self, EventKind::call_site, 0, text, static_cast<std::size_t>(at - text),
              protocol::to_text(call).data());
}

bool is_at(const Calls& calls, std::uint64_t site) {
  std::uint64_t hash = 0;
  for (std::uint32_t i = 0; i < calls.size; ++i) {
    hash = mix(hash, calls.frames[i].identity);
    if (hash == site) return true;
  }
  return false;
}

bool applies(MutationKind kind, SyncCall call) {
  switch (kind) {
    case MutationKind::drop_lock:
    case MutationKind::release_early:
    case MutationKind::swap_locks:
      return call == SyncCall::lock;
    case MutationKind::drop_notify:
      return call == SyncCall::notify_one || call == SyncCall::notify_all;
    case MutationKind::notify_one:
      return call == SyncCall::notify_all;
    case MutationKind::wake_early:
      return call == SyncCall::timed_wait || call == SyncCall::semaphore_wait;
    case MutationKind::drop_join:
      return call == SyncCall::join;
    case MutationKind::tear_update:
      return call == SyncCall::update;
    default:
      return false;
  }
}

}  // namespace

MutationKind mutation_at(const Thread& self, SyncCall call) {
  const protocol::Mutation& mutant = local.mutation;
  if (mutant.kind == MutationKind::scout) {
    tell(self, call, calls_above());
    return MutationKind::none;
  }
  if (!applies(mutant.kind, call) || !is_at(calls_above(), mutant.site)) return MutationKind::none;
  return mutant.kind;
}

void pretend_to_hold(Thread& self, Object& lock) { self.pretended.push_back(world().arena, &lock); }

bool pretends_to_hold(const Thread& self, const Object& lock) {
  for (const Object* pretended : self.pretended) {
    if (pretended == &lock) return true;
  }
  return false;
}

bool end_pretence(Thread& self, Object& lock) { return self.pretended.remove(&lock); }

int lock_mutated(Thread& self, pthread_mutex_t* mutex, std::int64_t deadline_ns,
                 std::uint64_t location) {
  const MutationKind kind = mutation_at(self, SyncCall::lock);
  if (kind == MutationKind::drop_lock) {
    pretend_to_hold(self, mutex_at(mutex, self));
    return 0;
  }
  if (kind == MutationKind::swap_locks && self.deferred == nullptr) {
    self.deferred = mutex;
    self.deferred_location = location;
    return 0;
  }
  pthread_mutex_t* deferred = self.deferred;
  self.deferred = nullptr;
  const int error = lock_mutex(self, mutex, deadline_ns, location);
  if (deferred != nullptr) lock_mutex(self, deferred, kNoDeadline, self.deferred_location);
  if (kind == MutationKind::release_early && error == 0) {
    unlock_mutex(self, mutex, location);
    pretend_to_hold(self, mutex_at(mutex, self));
  }
  return error;
}

void take_deferred_lock(Thread& self) {
  pthread_mutex_t* deferred = self.deferred;
  self.deferred = nullptr;
  lock_mutex(self, deferred, kNoDeadline, self.deferred_location);
}

}  // namespace grader::runtime
