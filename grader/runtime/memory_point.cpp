#include "runtime/memory_point.hpp"

#include "runtime/controller.hpp"
#include "runtime/location.hpp"
#include "runtime/objects.hpp"

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
  if (local.points == protocol::Points::sync) {
    if (kind == EventKind::atomic_store) return;
    if (++self->looks > kLooksAtOnce) let_others_run(*self, address, location_of_caller(caller));
    return;
  }
  Operation op;
  op.kind = kind;
  op.is_write = kind != EventKind::atomic_load;
  op.undecided = kind == EventKind::atomic_load;
  op.object = address != nullptr ? &object_at(ObjectKind::memory, address, *self) : nullptr;
  op.location = location_of_caller(caller);
  perform(*self, op);
}

void note_loaded(const volatile void* address, std::uint64_t value) {
  Thread* self = controlled();
  if (self == nullptr || local.points == protocol::Points::sync) return;
  const bool same =
      self->looked_at == reinterpret_cast<std::uint64_t>(address) && self->looked_value == value;
  self->looked_at = reinterpret_cast<std::uint64_t>(address);
  self->looked_value = value;
  if (!same) {
    self->spins = 0;
    return;
  }
  ++self->spins;
  self->spin_location = self->location;
  world().previous_yielded = true;
}

}  // namespace grader::runtime
