#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader::sandbox {

/// Where this process may make control groups (cgroups(7)): one folder a hierarchy with version 1,
/// one in all with version 2. Empty where it may not, with the reason.
struct ControlGroupPlace {
  bool version_2 = false;
  std::filesystem::path memory;
  std::filesystem::path processes;
  std::string reason;  ///< why there is none
  [[nodiscard]] bool usable() const { return !memory.empty() && !processes.empty(); }
};

/// Looks once a process, by making a group and removing it.
const ControlGroupPlace& control_group_place();

/// A group of processes with limits that the kernel holds them to, whatever they do. Removed with
/// the object, if all of them have ended.
class ControlGroup {
 public:
  /// 0: without that limit.
  static Result<ControlGroup> create(const ControlGroupPlace& place, std::uint64_t memory_bytes_max,
                                     std::uint64_t processes_max);
  ControlGroup(ControlGroup&&) noexcept = default;
  ControlGroup& operator=(ControlGroup&&) = delete;
  ~ControlGroup();

  /// A process that writes "0" into each of them joins the group.
  [[nodiscard]] std::vector<int> join_fds() const;
  /// The limit that the kernel has enforced since the last call, by ending a member or refusing
  /// one: "memory" or "processes"; else "".
  std::string exceeded();

 private:
  ControlGroup() = default;
  Status add(const std::filesystem::path& parent, const std::string& name);

  std::filesystem::path memory_events_;
  std::filesystem::path process_events_;
  std::uint64_t memory_count_ = 0;  ///< of events, as last seen
  std::uint64_t process_count_ = 0;
  std::vector<std::filesystem::path> folders_;
  std::vector<Fd> joins_;
};

}  // namespace grader::sandbox
