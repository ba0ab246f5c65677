#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace grader {

/// What a program that is shut off from the machine may see. Nothing else of the file system is
/// there but the system's programs and libraries. Paths are absolute.
struct EnclosureRequest {
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  /// Directories that exist inside alone: empty at first, bounded in size, gone at the end.
  std::vector<std::filesystem::path> scratch;
  /// Files of the machine under a name of their own inside, writable there.
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> files;
  std::filesystem::path working_directory;
  /// The program's whole environment: the wrapper must not be touched by what is meant for it.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Command of the first process inside, which the program's own command follows; empty: the
  /// wrapper's own.
  std::vector<std::string> init;
  std::uint64_t memory_bytes_max = 0;  ///< of all processes together, where it can be had; 0: none
  std::uint64_t processes_max = 0;     ///< threads count too; 0: no limit
};

/// How to start a program so that it is shut off: by a wrapper before its own command, started with
/// an empty environment.
struct Enclosure {
  std::vector<std::string> wrapper;  ///< empty: the program starts as it is
  std::vector<int> kept_fds;         ///< which the wrapper must inherit under the same numbers
  std::vector<int> group_fds;        ///< the child writes "0" into each before it executes
  /// The limit that the kernel had to enforce on it, "memory" or "processes"; else "". May be
  /// empty.
  std::function<std::string()> exceeded;
  std::shared_ptr<void> resources;  ///< to be kept until the program has ended
};

/// Prepares an enclosure; an empty function means that nothing is enclosed. An error is the
/// machine's or the grader's fault. Safe to call from several threads.
using Enclose = std::function<Result<Enclosure>(const EnclosureRequest&)>;

}  // namespace grader
