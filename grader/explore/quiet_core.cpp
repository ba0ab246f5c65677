#include "explore/quiet_core.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include "base/posix.hpp"

namespace grader {
namespace {

/// The kernel counts in hundredths of a second.
constexpr std::chrono::milliseconds kWatched(50);

/// Idle time of each core, in the kernel's ticks.
std::map<int, std::int64_t> idle_ticks(std::string_view stat) {
  std::map<int, std::int64_t> idle;
  std::istringstream lines{std::string(stat)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("cpu") || line.starts_with("cpu ")) continue;
    std::istringstream fields(line.substr(3));
    int core = 0;
    std::int64_t user = 0;
    std::int64_t nice = 0;
    std::int64_t system = 0;
    std::int64_t ticks = 0;
    if (fields >> core >> user >> nice >> system >> ticks) idle[core] = ticks;
  }
  return idle;
}

}  // namespace

std::optional<int> quietest_between(std::string_view before, std::string_view after,
                                    const cpu_set_t& allowed) {
  const std::map<int, std::int64_t> first = idle_ticks(before);
  std::optional<int> quietest;
  std::int64_t most = -1;
  for (const auto& [core, ticks] : idle_ticks(after)) {
    const auto known = first.find(core);
    const bool possible = core >= 0 && core < CPU_SETSIZE && CPU_ISSET(core, &allowed);
    if (!possible || known == first.end() || ticks - known->second <= most) continue;
    most = ticks - known->second;
    quietest = core;
  }
  return quietest;
}

std::optional<int> quietest_core() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return std::nullopt;
  const Result<std::string> before = read_file("/proc/stat");
  std::this_thread::sleep_for(kWatched);
  const Result<std::string> after = read_file("/proc/stat");
  if (!before.ok() || !after.ok()) return std::nullopt;
  return quietest_between(*before, *after, allowed);
}

OnOneCore::OnOneCore(std::optional<int> core) {
  if (!core || sched_getaffinity(0, sizeof before_, &before_) != 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(*core, &one);
  changed_ = sched_setaffinity(0, sizeof one, &one) == 0;
}

OnOneCore::~OnOneCore() {
  if (changed_) sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace grader
