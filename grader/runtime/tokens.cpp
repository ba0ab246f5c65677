#include "runtime/tokens.hpp"

namespace grader::runtime {
namespace {

bool waits_on(const Thread& thread, const Object& object) {
  return thread.announced && thread.pending.object == &object &&
         (thread.pending.guard == Guard::token || thread.pending.guard == Guard::token_lock);
}

// A token whose possible takers have all gone otherwise is gone with them: the i-th token needs at
// least i + 1 threads that began to wait before it.
void trim_tokens(Object& object) {
  for (std::uint32_t i = 0; i < object.tokens.size();) {
    std::uint32_t takers = 0;
    for (const Thread* thread : object.pending) {
      if (waits_on(*thread, object) && thread->wait_sequence < object.tokens[i]) ++takers;
    }
    if (takers < i + 1) {
      object.tokens.erase(i);
    } else {
      ++i;
    }
  }
}

}  // namespace

bool has_token(const Object& object, const Thread& thread) {
  return !object.tokens.empty() && object.tokens[object.tokens.size() - 1] > thread.wait_sequence;
}

void begin_wait(Object& object, Thread& thread) {
  thread.wait_sequence = ++object.sequence;
  ++object.waiters;
}

void end_wait(World&, Object& object, Thread& thread, bool took_token) {
  --object.waiters;
  if (took_token) {
    object.last_taker = thread.id;
    for (std::uint32_t i = 0; i < object.tokens.size(); ++i) {
      if (object.tokens[i] < thread.wait_sequence) continue;
      object.tokens.erase(i);
      break;
    }
  }
  trim_tokens(object);
}

std::uint32_t add_tokens(World& world, Object& object, std::uint32_t count) {
  const std::uint32_t free_waiters = object.waiters - object.tokens.size();
  const std::uint32_t woken = count < free_waiters ? count : free_waiters;
  for (std::uint32_t i = 0; i < woken; ++i) {
    object.tokens.push_back(world.arena, ++object.sequence);
  }
  return woken;
}

}  // namespace grader::runtime
