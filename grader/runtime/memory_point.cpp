#include "runtime/memory_point.hpp"

#include "runtime/controller.hpp"
#include "runtime/location.hpp"
#include "runtime/mutation.hpp"
#include "runtime/objects.hpp"
#include "runtime/shared_accesses.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint32_t kLooksAtOnce = 100;

void let_others_run(Thread& self, const volatile void* address, std::uint64_t location) {
  Operation op;
  op.kind = EventKind::atomic_load;
  op.object = &object_at(ObjectKind::memory, address, self);
  op.is_write = false;
  op.passes_over = true;
  op.location = location;
  perform(self, op);
}

}  // namespace

void access_point(Thread& self, const volatile void* address, bool is_write, const void* caller) {
  Operation op;
  op.kind = is_write ? EventKind::memory_write : EventKind::memory_read;
  op.is_write = is_write;
  op.object = &object_at(ObjectKind::memory, address, self);
  op.location = location_of_caller(caller);
  perform(self, op);
}

void atomic_point(const volatile void* address, EventKind kind, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return;
  begin_segment(*self);
  if (local.points == protocol::Points::sync) {
    if (kind == EventKind::atomic_store) return;
    if (++self->looks > kLooksAtOnce) let_others_run(*self, address, location_of_caller(caller));
    return;
  }
  Operation op;
  op.kind = kind;
  op.is_write = kind != EventKind::atomic_load;
  op.undecided = kind == EventKind::atomic_load || kind == EventKind::atomic_update;
  op.object = address != nullptr ? &object_at(ObjectKind::memory, address, *self) : nullptr;
  op.location = location_of_caller(caller);
  perform(*self, op);
}

bool is_torn(const volatile void* address, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return false;
  if (mutation_at(*self, protocol::SyncCall::update) != protocol::MutationKind::tear_update) {
    return false;
  }
  Operation op;
  op.kind = EventKind::atomic_update;
  op.object = &object_at(ObjectKind::memory, address, *self);
  op.location = location_of_caller(caller);
  perform(*self, op);
  return true;
}

void note_look(const volatile void* address, std::uint64_t value) {
  Thread* self = controlled();
  if (self == nullptr || local.points == protocol::Points::sync) return;
  const Look look{reinterpret_cast<std::uint64_t>(address), value};
  const std::uint32_t kept = self->seen_count < kLooksKept ? self->seen_count : kLooksKept;
  for (std::uint32_t i = 0; i < kept; ++i) {
    if (self->seen_since[i] != look) continue;
    ++self->spins;
    self->spin_location = self->location;
    world().previous_yielded = true;
    return;
  }
  self->seen_since[self->seen_count++ % kLooksKept] = look;
}

void note_change() {
  Thread* self = controlled();
  if (self == nullptr) return;
  self->spins = 0;
  self->seen_count = 0;
}

}  // namespace grader::runtime
