#include "sandbox/bubblewrap.hpp"

#include <unistd.h>

#include <array>

namespace grader::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScratchBytes = "67108864";  // of each directory in memory
constexpr std::array kSystemFolders = {"/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"};
// What the loader, the compiler's alternatives and local time need; no account, no secret.
constexpr std::array kSystemFiles = {"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
                                     "/etc/alternatives", "/etc/localtime"};

using Arguments = std::vector<std::string>;

void add(Arguments& all, std::initializer_list<std::string> some) { all.insert(all.end(), some); }

void add_system(Arguments& all) {
  add(all, {"--ro-bind", "/usr", "/usr"});
  for (const char* folder : kSystemFolders) {
    std::error_code error;
    if (fs::is_symlink(folder, error)) {
      add(all, {"--symlink", fs::read_symlink(folder, error).string(), folder});
    } else if (fs::is_directory(folder, error)) {
      add(all, {"--ro-bind", folder, folder});
    }
  }
  for (const char* file : kSystemFiles) add(all, {"--ro-bind-try", file, file});
  add(all, {"--proc", "/proc", "--dev", "/dev"});
  // --dev leaves /dev and /dev/shm writable without bounds.
  add(all, {"--size", kScratchBytes, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"});
  add(all, {"--size", kScratchBytes, "--tmpfs", "/tmp"});
}

}  // namespace

fs::path find_bubblewrap() {
  for (const char* place : {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"}) {
    if (access(place, X_OK) == 0) return place;
  }
  return {};
}

std::vector<std::string> bubblewrap_arguments(const EnclosureRequest& request, int seccomp_fd) {
  Arguments all = {"--unshare-user",
                   "--unshare-pid",
                   "--unshare-net",
                   "--unshare-ipc",
                   "--unshare-uts",
                   "--disable-userns",
                   "--unshare-cgroup-try",
                   "--hostname",
                   "grader",
                   "--uid",
                   "65534",
                   "--gid",
                   "65534",
                   "--cap-drop",
                   "ALL",
                   "--die-with-parent"};
  add_system(all);
  // First what is empty inside: what the run is shown may lie below it.
  for (const fs::path& path : request.scratch) {
    add(all, {"--size", kScratchBytes, "--tmpfs", path});
  }
  for (const fs::path& path : request.readable) add(all, {"--ro-bind", path, path});
  for (const fs::path& path : request.writable) add(all, {"--bind", path, path});
  for (const auto& [outside, inside] : request.files) add(all, {"--bind", outside, inside});
  add(all, {"--remount-ro", "/"});
  if (!request.working_directory.empty()) add(all, {"--chdir", request.working_directory});
  add(all, {"--clearenv"});
  for (const auto& [name, value] : request.environment) add(all, {"--setenv", name, value});
  if (!request.init.empty()) add(all, {"--as-pid-1"});
  if (seccomp_fd >= 0) add(all, {"--seccomp", std::to_string(seccomp_fd)});
  return all;
}

}  // namespace grader::sandbox
