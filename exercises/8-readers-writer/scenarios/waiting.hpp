#pragma once

#include <chrono>
#include <thread>

/// Gives all others the time (20 s, virtual) to go as far as they can go by themselves: no thread
/// that can go on is held up for so long.
inline void let_others_go_on() { std::this_thread::sleep_for(std::chrono::seconds(20)); }

/// Does it in another thread, and waits until it is done.
template <typename Function>
void elsewhere(const Function& function) {
  std::thread thread(function);
  thread.join();
}
