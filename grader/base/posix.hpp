#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace grader {

/// The one place where errno becomes an Error: "<what>: <strerror>". ENOSPC, EDQUOT, EMFILE and
/// ENOMEM are the machine's (ErrorKind::environment), the rest is internal.
Error errno_error(const std::string& what, int error_number = errno);

/// The whole file. Errors name the path.
Result<std::string> read_file(const std::filesystem::path& path);

/// Writes beside `path`, syncs, and renames over it: readers see the old file or the new one.
Status write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// A new anonymous file in memory, close-on-exec.
Result<Fd> make_memory_file(const std::string& name);

/// Whether the file `name` was made by a process that has ended: it is `prefix`, a pid, and more.
bool is_abandoned(std::string_view name, std::string_view prefix);

/// The same file under a descriptor above the standard ones, close-on-exec, whatever this process
/// was started with.
Result<Fd> move_above_standard(Fd fd);

/// Everything readable at `fd` from its start.
Result<std::string> read_all_from_start(int fd, std::size_t bytes_max);

}  // namespace grader
