#pragma once

#include <chrono>
#include <thread>

/// Looks again and again, with a rest in between, whether `holds` has come true. Returns false when
/// it has not after 40 s of virtual time: no thread that can go on is held up for so long.
template <typename Condition>
bool eventually(const Condition& holds) {
  for (int i = 0; i < 200; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return false;
}
