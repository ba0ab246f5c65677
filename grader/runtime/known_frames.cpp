#include "runtime/known_frames.hpp"

#include <cstring>

#include "runtime/hash.hpp"

namespace grader::runtime {
namespace {

// Not instrumented by anybody, whatever the stack belongs to.
std::uintptr_t return_address_below(std::uintptr_t stack_pointer) {
  std::uintptr_t word = 0;
  std::memcpy(&word, reinterpret_cast<const void*>(stack_pointer - sizeof word), sizeof word);
  return word;
}

}  // namespace

std::size_t KnownFrames::first_slot(std::uintptr_t address) { return mix(address, 0) % kSlots; }

void KnownFrames::keep(const Slot& known) {
  for (std::size_t i = 0; i < kProbes; ++i) {
    Slot& slot = slots_[(first_slot(known.address) + i) % kSlots];
    const bool same = slot.address == known.address && slot.caller == known.caller;
    if (same && slot.size == known.size) return;
    if (slot.address != 0) continue;
    slot = known;
    return;
  }
}

void KnownFrames::note(const Frame& frame, const Frame& caller) {
  const std::uintptr_t size = caller.stack_pointer - frame.stack_pointer;
  if (size == 0 || size > kSizeMax) return;
  if (return_address_below(caller.stack_pointer) != caller.address) return;
  keep({frame.address, caller.address, size});
}

void KnownFrames::note_outermost(const Frame& frame) {
  if (frame.address != 0) keep({frame.address, 0, 0});
}

void KnownFrames::forget() {
  for (Slot& slot : slots_) slot = {};
}

KnownFrames::Above KnownFrames::go_up(Frame& frame) const {
  for (std::size_t i = 0; i < kProbes; ++i) {
    const Slot& slot = slots_[(first_slot(frame.address) + i) % kSlots];
    if (slot.address == 0) return Above::unknown;
    if (slot.address != frame.address) continue;
    if (slot.caller == 0) return Above::nobody;
    const std::uintptr_t stack_pointer = frame.stack_pointer + slot.size;
    if (return_address_below(stack_pointer) != slot.caller) continue;
    frame = {slot.caller, stack_pointer};
    return Above::caller;
  }
  return Above::unknown;
}

}  // namespace grader::runtime
