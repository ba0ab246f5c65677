#include "runtime/streams.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "runtime/objects.hpp"
#include "runtime/raw_syscall.hpp"

namespace grader::runtime {
namespace {

// Streams are named by device and inode, which tell them apart in every process. Ends of a
// socket pair are told apart, and each changes with the other.
constexpr std::uint32_t kStreamSpace = 0xFFFF'FFFFU;

std::uint64_t key_of(const struct stat& file) { return (file.st_dev << 40U) ^ file.st_ino; }

Object* find_stream(std::uint64_t key) {
  for (Object* object : world().streams_known) {
    if (object->address == key) return object;
  }
  return nullptr;
}

Object* add_stream(ObjectKind kind, std::uint64_t key, const Thread& user) {
  Object* stream = new_object(kind, &user);
  stream->process = kStreamSpace;
  stream->address = key;
  world().streams_known.push_back(world().arena, stream);
  return stream;
}

}  // namespace

Object* stream_of(int fd, const Thread& user) {
  struct stat file {};
  if (raw_syscall(SYS_fstat, fd, address_of(&file)) != 0) return nullptr;
  // What has no type and no name: an eventfd and its like, which all share one inode.
  const bool has_no_type = (file.st_mode & S_IFMT) == 0;
  if (!S_ISFIFO(file.st_mode) && !S_ISSOCK(file.st_mode) && !has_no_type) return nullptr;
  const std::uint64_t key = key_of(file);
  Object* stream = find_stream(key);
  if (stream != nullptr) return stream;
  stream = add_stream(ObjectKind::stream, key, user);
  stream->value = S_ISSOCK(file.st_mode) ? 1 : 0;
  return stream;
}

Object* locked_file(int fd, const Thread* user) {
  struct stat file {};
  if (raw_syscall(SYS_fstat, fd, address_of(&file)) != 0) return nullptr;
  Object* object = find_stream(key_of(file));
  if (object != nullptr || user == nullptr) return object;
  return add_stream(ObjectKind::file, key_of(file), *user);
}

Object& any_stream() {
  World& w = world();
  if (w.streams == nullptr) w.streams = new_object(ObjectKind::stream, nullptr);
  return *w.streams;
}

void stream_changed(Object& stream) {
  ++stream.generation;
  object_changed(stream);
  World& w = world();
  if (stream.value != 0) {
    // The other end of a socket pair is another inode.
    for (Object* other : w.streams_known) {
      if (other == &stream || other->value == 0) continue;
      ++other->generation;
      object_changed(*other);
    }
  }
  if (w.streams == nullptr) return;
  ++w.streams->generation;
  object_changed(*w.streams);
}

void all_streams_changed() {
  World& w = world();
  for (Object* stream : w.streams_known) {
    ++stream->generation;
    object_changed(*stream);
  }
  if (w.streams == nullptr) return;
  ++w.streams->generation;
  object_changed(*w.streams);
}

bool is_nonblocking(int fd) { return (raw_syscall(SYS_fcntl, fd, F_GETFL) & O_NONBLOCK) != 0; }

short events_now(int fd, short events) {
  pollfd polled{fd, events, 0};
  return raw_syscall(SYS_poll, address_of(&polled), 1, 0) > 0 ? polled.revents : short{0};
}

CandidateKind await_stream(Thread& self, int fd, short events, Object& stream,
                           const Operation& operation) {
  Operation op = operation;
  op.object = &stream;
  op.recorded = false;
  op.interruptible = true;
  op.guard = Guard::open;
  for (;;) {
    const CandidateKind outcome = perform(self, op);
    if (outcome != CandidateKind::step) return outcome;
    if (events_now(fd, events) != 0) return CandidateKind::step;
    self.seen = stream.generation;
    op.guard = Guard::changed;
  }
}

}  // namespace grader::runtime
