#include "sandbox/control_group.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>

#include "base/posix.hpp"

namespace grader::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "grader-";
constexpr const char* kRoot = "/sys/fs/cgroup";
constexpr int kRemovals = 20;
constexpr std::chrono::milliseconds kRemovalPause(5);

Status write_value(const fs::path& file, const std::string& value) {
  const Fd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || write(fd.get(), value.data(), value.size()) < 0) {
    return errno_error("writing " + file.string());
  }
  return success();
}

/// This process's own group in a hierarchy; `controller` is empty for version 2.
std::string own_group(const std::string& controller) {
  std::ifstream lines("/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::stringstream names(line.substr(first + 1, second - first - 1));
    std::string name;
    if (controller.empty() && second == first + 1) return line.substr(second + 1);
    while (std::getline(names, name, ',')) {
      if (!controller.empty() && name == controller) return line.substr(second + 1);
    }
  }
  return "/";
}

std::string fresh_name() {
  static std::atomic<unsigned> count = 0;
  return fmt::format("{}{}-{}", kPrefix, getpid(), count++);
}

/// Empty when a group with the controller's files can be made below `parent`; else why not.
std::string try_group(const fs::path& parent, const std::string& file) {
  const fs::path folder = parent / fresh_name();
  if (mkdir(folder.c_str(), 0755) != 0) return errno_error("making " + folder.string()).message;
  std::error_code error;
  const bool has_file = fs::exists(folder / file, error);
  rmdir(folder.c_str());
  return has_file ? "" : fmt::format("{} is not there: its controller is off", file);
}

/// Groups of graders that were killed: theirs to remove, had they lived.
void remove_abandoned(const fs::path& parent) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    if (is_abandoned(entry.path().filename().string(), kPrefix)) rmdir(entry.path().c_str());
  }
}

ControlGroupPlace find_place() {
  ControlGroupPlace place;
  std::error_code error;
  place.version_2 = fs::exists(fs::path(kRoot) / "cgroup.controllers", error);
  // As the container or the mount shows it: the own group's name may be the host's.
  const auto below = [&](const fs::path& hierarchy, const std::string& controller) {
    const fs::path own = hierarchy / own_group(controller).substr(1);
    return fs::exists(own / "cgroup.procs", error) ? own : hierarchy;
  };
  const fs::path root = kRoot;
  const fs::path memory = place.version_2 ? below(root, "") : below(root / "memory", "memory");
  const fs::path pids = place.version_2 ? memory : below(root / "pids", "pids");
  place.reason = try_group(memory, place.version_2 ? "memory.max" : "memory.limit_in_bytes");
  if (place.reason.empty()) place.reason = try_group(pids, "pids.max");
  if (!place.reason.empty()) return place;
  remove_abandoned(memory);
  remove_abandoned(pids);
  place.memory = memory;
  place.processes = pids;
  return place;
}

/// The number beside `name` in a file of "name number" lines.
std::uint64_t count_of(const fs::path& file, std::string_view name) {
  std::ifstream lines(file);
  std::string key;
  for (std::uint64_t count = 0; lines >> key >> count;) {
    if (key == name) return count;
  }
  return 0;
}

}  // namespace

const ControlGroupPlace& control_group_place() {
  static const ControlGroupPlace place = find_place();
  return place;
}

Status ControlGroup::add(const fs::path& parent, const std::string& name) {
  const fs::path folder = parent / name;
  if (std::find(folders_.begin(), folders_.end(), folder) != folders_.end()) return success();
  if (mkdir(folder.c_str(), 0755) != 0) return errno_error("making " + folder.string());
  folders_.push_back(folder);
  Fd join(open((folder / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!join.valid()) return errno_error("opening " + (folder / "cgroup.procs").string());
  joins_.push_back(std::move(join));
  return success();
}

Result<ControlGroup> ControlGroup::create(const ControlGroupPlace& place,
                                          std::uint64_t memory_bytes_max,
                                          std::uint64_t processes_max) {
  ControlGroup group;
  const std::string name = fresh_name();
  GRADER_CHECK(group.add(place.memory, name));
  GRADER_CHECK(group.add(place.processes, name));
  group.memory_events_ =
      place.memory / name / (place.version_2 ? "memory.events" : "memory.oom_control");
  group.process_events_ = place.processes / name / "pids.events";
  const auto limit = [](std::uint64_t value) { return std::to_string(value); };
  if (memory_bytes_max > 0) {
    const char* file = place.version_2 ? "memory.max" : "memory.limit_in_bytes";
    GRADER_CHECK(write_value(place.memory / name / file, limit(memory_bytes_max)));
    // Swap would only make the same excess slow. Not every kernel counts it.
    const char* swap = place.version_2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
    const std::string swap_limit = place.version_2 ? "0" : limit(memory_bytes_max);
    [[maybe_unused]] const Status counted = write_value(place.memory / name / swap, swap_limit);
  }
  if (processes_max > 0) {
    GRADER_CHECK(write_value(place.processes / name / "pids.max", limit(processes_max)));
  }
  return group;
}

ControlGroup::~ControlGroup() {
  joins_.clear();
  for (const fs::path& folder : folders_) {
    // The kernel lets go of the last member a little after its parent has reaped it.
    for (int i = 0; i < kRemovals && rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
      std::this_thread::sleep_for(kRemovalPause);
    }
  }
}

std::vector<int> ControlGroup::join_fds() const {
  std::vector<int> fds;
  for (const Fd& fd : joins_) fds.push_back(fd.get());
  return fds;
}

std::string ControlGroup::exceeded() {
  const auto rises = [](std::uint64_t& last, std::uint64_t now) {
    return std::exchange(last, now) < now;
  };
  const bool processes = rises(process_count_, count_of(process_events_, "max"));
  if (rises(memory_count_, count_of(memory_events_, "oom_kill"))) return "memory";
  return processes ? "processes" : "";
}

}  // namespace grader::sandbox
