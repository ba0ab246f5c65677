#pragma once

#include <sched.h>

#include <optional>
#include <string_view>

namespace grader {

/// Of two readings of /proc/stat: the core of `allowed` that was idle for longest between them.
/// Nothing when there is none to choose.
std::optional<int> quietest_between(std::string_view before, std::string_view after,
                                    const cpu_set_t& allowed);

/// The core, of those that this thread may use, that was idle for longest in the next few
/// hundredths of a second.
std::optional<int> quietest_core();

/// Keeps the calling thread, and with it all that it starts, on one core.
class OnOneCore {
 public:
  explicit OnOneCore(std::optional<int> core);
  OnOneCore(const OnOneCore&) = delete;
  OnOneCore& operator=(const OnOneCore&) = delete;
  ~OnOneCore();

 private:
  cpu_set_t before_{};
  bool changed_ = false;
};

}  // namespace grader
