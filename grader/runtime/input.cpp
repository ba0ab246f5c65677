#include "runtime/input.hpp"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// stdio reads by calls inside the C library that nobody sees, and holds a lock meanwhile. So what
// is read from a pipe is taken byte by byte, and a thread waits outside of stdio whenever the
// file's buffer is empty. Files on disk never wait and are left to the C library.
namespace grader::runtime {
namespace {

bool has_buffered(const FILE* file) { return file->_IO_read_ptr < file->_IO_read_end; }

// The next byte of `file`, or EOF.
int take_byte(Thread& self, FILE* file, std::uint64_t location) {
  if (has_buffered(file)) return NEXT(fgetc)(file);
  if (!await_input(self, file, location)) {
    file->_flags |= 0x20;  // _IO_ERR_SEEN: what ferror looks at
    return EOF;
  }
  const int byte = NEXT(fgetc)(file);
  const int error = errno;
  Object* stream = stream_of(fileno(file), self);
  if (stream != nullptr) {
    const auto more = file->_IO_read_end - file->_IO_read_ptr;
    record(self, EventKind::pipe_read, byte == EOF ? 0 : more + 1, stream, location);
    stream_changed(*stream);
  }
  errno = error;
  return byte;
}

// The caller's thread when `file` is read under control.
Thread* reader_of(FILE* file) {
  Thread* self = controlled();
  return self != nullptr && is_on_stream(*self, file) ? self : nullptr;
}

char* take_line(Thread& self, char* text, int size, FILE* file, std::uint64_t location) {
  int used = 0;
  while (used + 1 < size) {
    const int byte = take_byte(self, file, location);
    if (byte == EOF && (used == 0 || ferror(file) != 0)) return nullptr;
    if (byte == EOF) break;
    text[used++] = static_cast<char>(byte);
    if (byte == '\n') break;
  }
  text[used] = '\0';
  return text;
}

std::size_t take_bytes(Thread& self, char* data, std::size_t size, FILE* file,
                       std::uint64_t location) {
  std::size_t done = 0;
  while (done < size) {
    const int byte = take_byte(self, file, location);
    if (byte == EOF) break;
    data[done++] = static_cast<char>(byte);
  }
  return done;
}

ssize_t take_until(Thread& self, char** text, std::size_t* room, int end, FILE* file,
                   std::uint64_t location) {
  std::size_t used = 0;
  for (;;) {
    if (*text == nullptr || used + 2 > *room) {
      const std::size_t more = *text == nullptr || *room < 60 ? 120 : 2 * *room;
      auto* grown = static_cast<char*>(std::realloc(*text, more));
      if (grown == nullptr) return -1;
      *text = grown;
      *room = more;
    }
    const int byte = take_byte(self, file, location);
    if (byte == EOF) break;
    (*text)[used++] = static_cast<char>(byte);
    if (byte == end) break;
  }
  (*text)[used] = '\0';
  return used > 0 ? static_cast<ssize_t>(used) : -1;
}

// scanf reads as far as its format wants: from a file of its own, whose bytes come from ours.
struct Source {
  Thread& self;
  FILE* file;
  std::uint64_t location;
};

ssize_t read_source(void* cookie, char* data, std::size_t) {
  const auto& source = *static_cast<Source*>(cookie);
  const int byte = take_byte(source.self, source.file, source.location);
  if (byte == EOF) return ferror(source.file) != 0 ? -1 : 0;
  *data = static_cast<char>(byte);
  return 1;
}

template <typename Scan>
int scan(FILE* file, const char* format, va_list arguments, const void* caller, Scan next) {
  Thread* self = reader_of(file);
  if (self == nullptr) return next(file, format, arguments);
  Source source{*self, file, location_of_caller(caller)};
  FILE* own = fopencookie(&source, "r", {read_source, nullptr, nullptr, nullptr});
  if (own == nullptr) return EOF;
  setvbuf(own, nullptr, _IONBF, 0);
  const int result = next(own, format, arguments);
  // The byte that ended the last item goes back to where it came from.
  if (has_buffered(own)) ungetc(static_cast<unsigned char>(*own->_IO_read_ptr), file);
  NEXT(fclose)(own);
  return result;
}

}  // namespace

bool is_on_stream(const Thread& self, FILE* file) {
  const int fd = fileno(file);
  return fd >= 0 && stream_of(fd, self) != nullptr;
}

bool await_input(Thread& self, FILE* file, std::uint64_t location) {
  const int fd = fileno(file);
  Object* stream = stream_of(fd, self);
  if (has_buffered(file) || stream == nullptr) return true;
  Operation op;
  op.kind = EventKind::pipe_read;
  op.location = location;
  op.cancellable = true;
  if (is_nonblocking(fd)) {
    op.object = stream;
    op.recorded = false;
    perform(self, op);
    return true;
  }
  if (await_stream(self, fd, POLLIN, *stream, op) != CandidateKind::signal) return true;
  errno = EINTR;
  return false;
}

}  // namespace grader::runtime

using namespace grader::runtime;

#define GRADER_CALLED_FROM __builtin_return_address(0)

GRADER_INTERPOSED int fgetc(FILE* file) {
  Thread* self = reader_of(file);
  return self != nullptr ? take_byte(*self, file, GRADER_CALLER) : NEXT(fgetc)(file);
}
GRADER_INTERPOSED int getc(FILE* file) {
  Thread* self = reader_of(file);
  return self != nullptr ? take_byte(*self, file, GRADER_CALLER) : NEXT(fgetc)(file);
}
GRADER_INTERPOSED int getchar() {
  Thread* self = reader_of(stdin);
  return self != nullptr ? take_byte(*self, stdin, GRADER_CALLER) : NEXT(fgetc)(stdin);
}

// What the header's inline getc_unlocked calls when the buffer is empty.
extern "C" int __uflow(FILE* file);
GRADER_INTERPOSED int __uflow(FILE* file) {
  Thread* self = reader_of(file);
  return self != nullptr ? take_byte(*self, file, GRADER_CALLER) : NEXT(__uflow)(file);
}

GRADER_INTERPOSED char* fgets(char* text, int size, FILE* file) {
  Thread* self = size > 0 ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(fgets)(text, size, file);
  return take_line(*self, text, size, file, GRADER_CALLER);
}

GRADER_INTERPOSED std::size_t fread(void* data, std::size_t size, std::size_t count, FILE* file) {
  Thread* self = size > 0 ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(fread)(data, size, count, file);
  return take_bytes(*self, static_cast<char*>(data), size * count, file, GRADER_CALLER) / size;
}

GRADER_INTERPOSED ssize_t getdelim(char** text, std::size_t* room, int end, FILE* file) {
  Thread* self = text != nullptr && room != nullptr ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(getdelim)(text, room, end, file);
  return take_until(*self, text, room, end, file, GRADER_CALLER);
}

GRADER_INTERPOSED ssize_t getline(char** text, std::size_t* room, FILE* file) {
  Thread* self = text != nullptr && room != nullptr ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(getline)(text, room, file);
  return take_until(*self, text, room, '\n', file, GRADER_CALLER);
}

// What the header's inline getline calls.
extern "C" ssize_t __getdelim(char** text, std::size_t* room, int end, FILE* file);
GRADER_INTERPOSED ssize_t __getdelim(char** text, std::size_t* room, int end, FILE* file) {
  Thread* self = text != nullptr && room != nullptr ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(getdelim)(text, room, end, file);
  return take_until(*self, text, room, end, file, GRADER_CALLER);
}

// What the unlocked forms and _FORTIFY_SOURCE make of them.
GRADER_INTERPOSED char* fgets_unlocked(char* text, int size, FILE* file) {
  Thread* self = size > 0 ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(fgets_unlocked)(text, size, file);
  return take_line(*self, text, size, file, GRADER_CALLER);
}

GRADER_INTERPOSED std::size_t fread_unlocked(void* data, std::size_t size, std::size_t count,
                                             FILE* file) {
  Thread* self = size > 0 ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(fread_unlocked)(data, size, count, file);
  return take_bytes(*self, static_cast<char*>(data), size * count, file, GRADER_CALLER) / size;
}

extern "C" char* __fgets_chk(char* text, std::size_t room, int size, FILE* file);
GRADER_INTERPOSED char* __fgets_chk(char* text, std::size_t room, int size, FILE* file) {
  const bool fits = size > 0 && static_cast<std::size_t>(size) <= room;
  Thread* self = fits ? reader_of(file) : nullptr;
  if (self == nullptr) return NEXT(__fgets_chk)(text, room, size, file);
  return take_line(*self, text, size, file, GRADER_CALLER);
}

extern "C" int __isoc99_vfscanf(FILE* file, const char* format, va_list arguments);
extern "C" int __isoc99_fscanf(FILE* file, const char* format, ...);
extern "C" int __isoc99_scanf(const char* format, ...);
extern "C" int __isoc99_vscanf(const char* format, va_list arguments);

#define GRADER_SCAN(file, next)                                                     \
  va_list arguments;                                                                \
  va_start(arguments, format);                                                      \
  const int result = scan(file, format, arguments, GRADER_CALLED_FROM, NEXT(next)); \
  va_end(arguments);                                                                \
  return result

GRADER_INTERPOSED int __isoc99_fscanf(FILE* file, const char* format, ...) {
  GRADER_SCAN(file, __isoc99_vfscanf);
}
GRADER_INTERPOSED int __isoc99_scanf(const char* format, ...) {
  GRADER_SCAN(stdin, __isoc99_vfscanf);
}
GRADER_INTERPOSED int __isoc99_vfscanf(FILE* file, const char* format, va_list arguments) {
  return scan(file, format, arguments, GRADER_CALLED_FROM, NEXT(__isoc99_vfscanf));
}
GRADER_INTERPOSED int __isoc99_vscanf(const char* format, va_list arguments) {
  return scan(stdin, format, arguments, GRADER_CALLED_FROM, NEXT(__isoc99_vfscanf));
}
