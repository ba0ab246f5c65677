#include "runtime/stream_ends.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "runtime/processes.hpp"
#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

constexpr std::uint64_t kDescriptorsMax = 128;  // of a process, that are looked at

struct End {
  std::int32_t process;  ///< kernel's id
  std::uint64_t fd;
};

bool is_stream(const End& end, const Object& stream) {
  Sentence path;
  path << "/proc/" << static_cast<std::uint64_t>(end.process) << "/fd/" << end.fd;
  struct stat file {};
  if (raw_syscall(SYS_stat, address_of(path.text()), address_of(&file)) != 0) return false;
  return ((file.st_dev << 40U) ^ file.st_ino) == stream.address;
}

// The open mode is the octal field "flags:" of the descriptor's information.
int mode_of(const End& end) {
  Sentence path;
  path << "/proc/" << static_cast<std::uint64_t>(end.process) << "/fdinfo/" << end.fd;
  char text[256];
  const long fd = raw_syscall(SYS_open, address_of(path.text()), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  const long size = raw_syscall(SYS_read, fd, address_of(text), sizeof text - 1);
  raw_syscall(SYS_close, fd);
  text[size > 0 ? size : 0] = '\0';
  const char* at = std::strstr(text, "flags:");
  return at != nullptr ? static_cast<int>(std::strtol(at + 6, nullptr, 8)) & O_ACCMODE : -1;
}

// The lowest descriptor by which `process` has that end of `stream` open; none: kDescriptorsMax.
std::uint64_t find_end(const Process& process, const Object& stream, bool write_end) {
  for (std::uint64_t fd = 0; fd < kDescriptorsMax; ++fd) {
    const End end{process.kernel_id, fd};
    if (!is_stream(end, stream)) continue;
    const int mode = mode_of(end);
    if (mode == O_RDWR || mode == (write_end ? O_WRONLY : O_RDONLY)) return fd;
  }
  return kDescriptorsMax;
}

void tell_holder(Finding& finding, const Thread& waiter, const Process& holder, std::uint64_t fd) {
  Sentence& s = finding.sentence;
  s << "process " << std::uint64_t{holder.id};
  if (holder.name[0] != '\0') s << " (" << holder.name << ")";
  if (holder.id == waiter.process) s << " itself";
  s << " by descriptor " << fd;
  if (holder.exec_location == 0 || fd <= 2) return;
  s << ", which it kept across exec";
  finding.at(holder.exec_location);
}

}  // namespace

void tell_other_end(Finding& finding, const Thread& thread) {
  const Operation& op = thread.pending;
  const bool reads = op.kind == EventKind::pipe_read;
  if (op.object->value != 0 || (!reads && op.kind != EventKind::pipe_write)) return;
  bool first = true;
  for (const Process* process : world().processes) {
    if (process->ended) continue;
    const std::uint64_t fd = find_end(*process, *op.object, reads);
    if (fd == kDescriptorsMax) continue;
    if (first) finding.sentence << (reads ? ", whose write end has " : ", whose read end has ");
    if (!first) finding.sentence << " and ";
    first = false;
    tell_holder(finding, thread, *process, fd);
  }
}

}  // namespace grader::runtime
