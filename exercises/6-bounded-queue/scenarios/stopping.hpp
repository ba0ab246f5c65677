#pragma once

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <thread>

/// Stops a thread wherever it is, in the middle of a push or a pop too, for a minute of virtual
/// time: what it has begun stays half done while the others go on.
class Stopping {
 public:
  static constexpr std::chrono::minutes kStop{1};

  Stopping() {
    struct sigaction action {};
    action.sa_handler = [](int) { std::this_thread::sleep_for(kStop); };
    sigaction(SIGUSR1, &action, nullptr);
  }

  void stop(std::thread& thread) const { pthread_kill(thread.native_handle(), SIGUSR1); }
};
