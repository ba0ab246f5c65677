#include "runtime/trace.hpp"

#include <cerrno>

namespace grader::runtime {
namespace {

using protocol::Event;

Event event_of(const Thread& thread, EventKind kind) {
  const World& w = world();
  Event e{};
  e.step = w.step;
  e.time_ns = w.now_ns;
  e.kind = kind;
  e.process = thread.process;
  e.thread = thread.id;
  return e;
}

bool is_memory(EventKind kind) {
  return kind == EventKind::memory_read || kind == EventKind::memory_write;
}

// What a step is called in the trace when it did not go the way it was announced.
EventKind kind_of_outcome(const Operation& op, CandidateKind outcome) {
  if (outcome == CandidateKind::timeout && op.kind == EventKind::sleep) return EventKind::wake;
  if ((outcome == CandidateKind::timeout || outcome == CandidateKind::try_failure) &&
      (op.kind == EventKind::lock || op.kind == EventKind::read_lock)) {
    return EventKind::lock_failed;
  }
  return op.kind;
}

std::int64_t value_of_outcome(const Operation& op, CandidateKind outcome) {
  if (op.kind == EventKind::sleep) return op.value;
  if (outcome == CandidateKind::timeout) return ETIMEDOUT;
  if (outcome == CandidateKind::spurious_wake) return protocol::kSpurious;
  return op.value;
}

}  // namespace

void record(const Thread& thread, EventKind kind, std::int64_t value, const Object* object,
            std::uint64_t location) {
  Event e = event_of(thread, kind);
  e.value = value;
  e.object = object != nullptr ? object->id : 0;
  e.location = location;
  local.channel.append(e);
}

void record_text(const Thread& thread, EventKind kind, std::int64_t value, const char* text,
                 std::size_t size, const char* name) {
  Event e = event_of(thread, kind);
  e.value = value;
  e.location = thread.location;
  e.text_size = static_cast<std::uint32_t>(size);
  if (size > 0) e.text_offset = local.channel.append_text(text, e.text_size);
  if (name != nullptr) {
    for (std::size_t i = 0; i + 1 < sizeof e.name && name[i] != '\0'; ++i) e.name[i] = name[i];
  }
  local.channel.append(e);
}

void record_step(const Thread& thread, CandidateKind kind) {
  const Operation& op = thread.pending;
  if (is_memory(op.kind) && local.channel.header().options.record_memory == 0) return;
  Event e = event_of(thread, kind_of_outcome(op, kind));
  e.value = value_of_outcome(op, kind);
  e.object = op.object != nullptr ? op.object->id : 0;
  e.location = op.location;
  if (op.kind == EventKind::thread_start) std::memcpy(e.name, thread.name, sizeof thread.name);
  local.channel.append(e);
}

}  // namespace grader::runtime
