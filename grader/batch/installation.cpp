#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/posix.hpp"
#include "batch/grading.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

Result<fs::path> executable_path() {
  std::array<char, 4096> buffer;
  const ssize_t size = readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0) return errno_error("finding the grader's own executable");
  return fs::path(std::string(buffer.data(), static_cast<std::size_t>(size)));
}

bool is_root(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory / "exercises", ignored) &&
         fs::is_directory(directory / "grader", ignored);
}

/// A rubric in a folder of exercises/ tells a course from a folder that has just such a name.
bool is_course(const fs::path& directory) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory / "exercises", ignored)) {
    if (fs::exists(entry.path() / "rubric.yaml", ignored)) return true;
  }
  return false;
}

/// The nearest directory at or above `start` of which `fits` is true; empty if none.
fs::path nearest_above(fs::path start, bool (*fits)(const fs::path&)) {
  while (!fits(start)) {
    if (start == start.parent_path()) return {};
    start = start.parent_path();
  }
  return start;
}

/// The nearest directory at or above `start` that holds exercises/ and grader/; empty if none.
fs::path root_above(const fs::path& start) { return nearest_above(start, is_root); }
fs::path course_above(const fs::path& start) { return nearest_above(start, is_course); }

Result<fs::path> find_root(const fs::path& given, const fs::path& executable) {
  if (!given.empty()) {
    if (is_root(given)) return fs::canonical(given);
    return Error{ErrorKind::usage, fmt::format("--root {}: it must hold the folders exercises/ and "
                                               "grader/",
                                               given.string())};
  }
  std::error_code error;
  const fs::path here = fs::current_path(error);
  fs::path root = error ? fs::path{} : root_above(here);
  // A course without its grader is meant by whoever stands in it: another one must not take its
  // place in silence.
  const fs::path meant = root.empty() && !error ? course_above(here) : fs::path{};
  if (!meant.empty()) {
    return Error{ErrorKind::usage,
                 fmt::format("{} holds exercises/ but no grader/: link the grader's folder there, "
                             "or name a whole course by --root DIR",
                             meant.string())};
  }
  if (root.empty()) root = root_above(executable.parent_path());
  if (!root.empty()) return root;
  return Error{ErrorKind::usage,
               "no course found: neither this folder nor one above it holds exercises/ and "
               "grader/; change into the course's folder, or name it by --root DIR"};
}

}  // namespace

Result<Installation> find_installation(const fs::path& given_root) {
  GRADER_TRY(executable, executable_path());
  GRADER_TRY(root, find_root(given_root, executable));
  Installation installation;
  installation.root = root;
  const char* libraries = std::getenv("GRADER_LIB_DIR");
  const bool given = libraries != nullptr && *libraries != '\0';
  installation.libraries =
      given ? fs::path(libraries) : executable.parent_path().parent_path() / "lib";
  if (!fs::exists(installation.libraries / "libharness.a")) {
    return Error{ErrorKind::environment,
                 fmt::format("{} holds no libharness.a: build the grader (make check does), or let "
                             "GRADER_LIB_DIR name the folder of its libraries",
                             installation.libraries.string())};
  }
  const char* cache = std::getenv("GRADER_CACHE");
  installation.cache =
      cache != nullptr && *cache != '\0' ? fs::path(cache) : root / "build" / "cache";
  return installation;
}

}  // namespace grader
