#include "sandbox/usage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "base/posix.hpp"

namespace grader::sandbox {
namespace {

/// Descendants beyond this many are past any limit already.
constexpr std::size_t kProcessesMax = 4096;

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<pid_t> children;
  std::error_code gone;
  const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", pid), gone);
  if (gone) return children;
  for (auto task = begin(tasks); task != end(tasks); task.increment(gone)) {
    const Result<std::string> list = read_file(task->path() / "children");
    if (!list.ok()) continue;
    std::istringstream numbers(*list);
    for (pid_t child = 0; numbers >> child;) children.push_back(child);
    if (gone) break;
  }
  return children;
}

/// Fields of /proc/<pid>/stat, see proc(5); the name in field 2 may hold anything, ')' included.
void add_stat(pid_t pid, bool with_memory, Usage& usage) {
  static const std::int64_t page_bytes = sysconf(_SC_PAGESIZE);
  static const std::int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  const Result<std::string> stat = read_file(fmt::format("/proc/{}/stat", pid));
  if (!stat.ok()) return;
  const std::size_t name_end = stat->rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(stat->substr(name_end + 1));
  constexpr int kUserTime = 14;
  constexpr int kChildSystemTime = 17;
  constexpr int kResidentPages = 24;
  std::string field;
  std::int64_t ticks = 0;
  for (int number = 3; number <= kResidentPages && fields >> field; ++number) {
    const std::int64_t value = std::strtoll(field.c_str(), nullptr, 10);
    if (number >= kUserTime && number <= kChildSystemTime) ticks += value;
    if (number == kResidentPages && with_memory) usage.memory_bytes += value * page_bytes;
  }
  usage.cpu_ms += ticks * 1000 / ticks_per_second;
  ++usage.processes;
}

/// A fork of the grader that has not become the program yet shows the grader's memory as its own.
bool is_copy_of_this(pid_t pid) {
  std::error_code gone;
  const auto mine = std::filesystem::read_symlink("/proc/self/exe", gone);
  const auto its = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), gone);
  return gone || mine == its;
}

}  // namespace

Usage usage_of_descendants(pid_t pid) {
  Usage usage;
  std::vector<pid_t> open = children_of(pid);
  const std::size_t forked_by_it = open.size();  // whatever these start is no copy any more
  for (std::size_t i = 0; i < open.size() && i < kProcessesMax; ++i) {
    add_stat(open[i], i >= forked_by_it || !is_copy_of_this(open[i]), usage);
    const std::vector<pid_t> children = children_of(open[i]);
    open.insert(open.end(), children.begin(), children.end());
  }
  return usage;
}

}  // namespace grader::sandbox
