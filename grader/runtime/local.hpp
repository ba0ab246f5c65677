#pragma once

#include "protocol/channel.hpp"
#include "runtime/world.hpp"

namespace grader::runtime {

/// Where every process of a run maps the channel: legal in ThreadSanitizer's address layout too.
constexpr std::uintptr_t kChannelAddress = 0x40'0000'0000ULL;

/// What this process alone knows of the run. Zero until the runtime has started in it.
struct Local {
  World* world = nullptr;
  Process* process = nullptr;
  protocol::Channel channel;
  protocol::Points points = protocol::Points::sync;
  protocol::Mutation mutation;    ///< of the run
  bool active = false;            ///< a run is going on and this process is part of it
  int exit_status = 0;            ///< once the process has begun to end
  bool thread_sanitizer = false;  ///< the real one is loaded
  bool cpp_library = false;       ///< so is libstdc++, whose try_lock may fail for nothing
  std::int32_t undertaker = 0;    ///< kernel's id of the fork server; 0: there is none
  void (*leave_run)() = nullptr;  ///< what ends a run instead of ending the process
};
extern Local local;

/// The calling thread's model; null: it is not controlled.
extern thread_local Thread* self_thread __attribute__((tls_model("initial-exec")));

/// The calling thread when it is controlled and the run goes on.
inline Thread* controlled() {
  Thread* self = self_thread;
  return __builtin_expect(self != nullptr, 1) && local.active ? self : nullptr;
}

/// While it lives, the calling thread is not controlled: what libraries behind the runtime do for
/// themselves is no step of the program's.
class Uncontrolled {
 public:
  Uncontrolled() : self_(self_thread) { self_thread = nullptr; }
  ~Uncontrolled() { self_thread = self_; }
  Uncontrolled(const Uncontrolled&) = delete;
  Uncontrolled& operator=(const Uncontrolled&) = delete;

 private:
  Thread* self_;
};

inline World& world() { return *local.world; }

}  // namespace grader::runtime
