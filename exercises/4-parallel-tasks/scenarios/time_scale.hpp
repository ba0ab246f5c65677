#pragma once

// All lengths of time in the scenarios, in one place. No assertion depends on how long anything
// takes: what is to be cut short never ends by itself, and what is to end in time has an hour.

#include <chrono>
#include <string>

#include "popen.hpp"

/// What a task that takes "a while" sleeps. Raise it to a second where time is virtual and free.
inline constexpr std::chrono::milliseconds kWhile{60};

/// A time-out, or a grace, that is meant to pass.
inline constexpr std::chrono::milliseconds kSoon{100};

/// One that is not.
inline constexpr std::chrono::milliseconds kNever = std::chrono::hours(1);

/// `sleep` for that long: ends by itself with 0, and dies of any signal.
inline Command sleep_for(std::chrono::milliseconds time) {
  const std::string thousandths = std::to_string(1000 + time.count() % 1000).substr(1);
  return {{"sleep", std::to_string(time.count() / 1000) + "." + thousandths}};
}
