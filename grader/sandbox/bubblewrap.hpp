#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/enclosure.hpp"

namespace grader::sandbox {

/// bwrap's path; empty when it is not installed.
std::filesystem::path find_bubblewrap();

/// Arguments of bwrap(1), without its name and without the program's command: name spaces of its
/// own for users, processes, network, IPC and host name; no capability; a file system of the
/// system's programs and what `request` names, all of it read-only but `writable` and bounded
/// memory; death together with the process that starts it. `seccomp_fd` is the filter's.
std::vector<std::string> bubblewrap_arguments(const EnclosureRequest& request, int seccomp_fd);

}  // namespace grader::sandbox
