#include "workspace/prepare.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"
#include "base/posix.hpp"
#include "workspace/nearest_name.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr int kSearchDepth = 3;
constexpr std::size_t kSearchEntries = 2000;

Error refused(std::string message) {
  return Error{ErrorKind::invalid_submission, std::move(message)};
}

/// Opens `name` beneath `directory` without following any symbolic link, and without blocking on a
/// FIFO. The submission may change while we look at it: only what is open is judged.
Fd open_beneath(const Fd& directory, const std::string& name) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const long fd = syscall(SYS_openat2, directory.get(), name.c_str(), &how, sizeof how);
  if (fd >= 0 || errno != ENOSYS) return Fd(static_cast<int>(fd));
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
  return Fd(openat(directory.get(), name.c_str(), kFlags));
}

/// What the student may have meant: a file elsewhere in the submission, or with a similar name.
std::string suggestion(const fs::path& directory, const std::string& name) {
  std::vector<std::string> names;
  std::error_code failed;
  const auto options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator walk(directory, options, failed);
  for (std::size_t seen = 0; !failed && walk != end(walk) && seen < kSearchEntries; ++seen) {
    std::error_code gone;
    if (walk.depth() >= kSearchDepth) walk.disable_recursion_pending();
    if (walk->is_regular_file(gone)) {
      if (walk->path().filename() == fs::path(name).filename()) {
        return fmt::format("; {} is there: move it up",
                           walk->path().lexically_relative(directory).string());
      }
      names.push_back(walk->path().lexically_relative(directory).string());
    }
    walk.increment(failed);
  }
  std::sort(names.begin(), names.end());
  const std::optional<std::string> nearest = nearest_name(name, names);
  if (nearest.has_value()) return fmt::format("; is {} meant to be it? Rename it", *nearest);
  return "";
}

Error cannot_open(const Submission& submission, const std::string& name, int error_number) {
  if (error_number == ELOOP || error_number == EXDEV) {
    return refused(fmt::format("{} is a symbolic link: hand in the file itself", name));
  }
  if (error_number == ENOENT || error_number == ENOTDIR) {
    return refused(fmt::format("{} is missing from {}{}", name, submission.directory.string(),
                               suggestion(submission.directory, name)));
  }
  if (error_number == EACCES || error_number == ENXIO) {
    return refused(fmt::format("{} cannot be read: {}", name, strerrordesc_np(error_number)));
  }
  return errno_error("reading " + (submission.directory / name).string(), error_number);
}

Result<std::string> read_source(const Submission& submission, const Fd& directory,
                                const std::string& name) {
  const Fd file = open_beneath(directory, name);
  if (!file.valid()) return cannot_open(submission, name, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return errno_error("reading " + name);
  if (!S_ISREG(status.st_mode)) {
    return refused(fmt::format("{} is not a regular file: hand in a source file", name));
  }
  GRADER_TRY(content, read_all_from_start(file.get(), kSourceBytesMax + 1));
  if (content.size() > kSourceBytesMax) {
    return refused(fmt::format("{} is larger than {} KiB: hand in the source file alone", name,
                               kSourceBytesMax / 1024));
  }
  if (content.starts_with("\xff\xfe") || content.starts_with("\xfe\xff")) {
    return refused(fmt::format("{} is encoded in UTF-16: save it as UTF-8", name));
  }
  return std::move(content);
}

Status write_into(const fs::path& file, const std::string& content) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) return errno_error("creating " + file.parent_path().string(), failed.value());
  const Fd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!fd.valid()) return errno_error("writing " + file.string());
  const ssize_t written = ::write(fd.get(), content.data(), content.size());
  if (written < 0) return errno_error("writing " + file.string());
  if (static_cast<std::size_t>(written) != content.size()) {
    return errno_error("writing " + file.string(), ENOSPC);
  }
  return success();
}

/// Neither absolute nor climbing: a rubric's mistake must not read another's files.
bool stays_beneath(const std::string& name) {
  const fs::path path(name);
  if (name.empty() || path.is_absolute()) return false;
  return std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

}  // namespace

Result<PreparedWorkspace> prepare(const Submission& submission, const Exercise& exercise,
                                  const Rubric& rubric) {
  const Fd directory(open(submission.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    return refused(fmt::format("the submission's folder {} cannot be opened: {}",
                               submission.directory.string(), strerrordesc_np(errno)));
  }
  GRADER_TRY(scratch, ScratchDirectory::create());
  Workspace workspace;
  workspace.root = scratch.path();
  workspace.sources = workspace.root / "sources";
  workspace.interface = workspace.root / "interface";
  workspace.exercise = exercise;
  for (const std::string& name : rubric.submit) {
    if (!stays_beneath(name)) {
      return Error{ErrorKind::invalid_rubric,
                   fmt::format("{}: submit: \"{}\" is not a file name in the exercise's folder",
                               rubric.file.string(), name)};
    }
    GRADER_TRY(content, read_source(submission, directory, name));
    GRADER_CHECK(write_into(workspace.sources / name, content));
    workspace.student_files.emplace_back(name);
  }
  for (const fs::path& header : exercise.headers) {
    GRADER_TRY(content, read_file(header));
    GRADER_CHECK(write_into(workspace.interface / header.filename(), content));
  }
  return PreparedWorkspace{std::move(scratch), std::move(workspace)};
}

}  // namespace grader
