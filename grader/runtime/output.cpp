#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "runtime/input.hpp"
#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/output.hpp"
#include "runtime/streams.hpp"
#include "runtime/trace.hpp"

// stdio writes by calls inside the C library that nobody sees, and holds a lock meanwhile: so the
// scheduling point is the stdio function, and the model knows who holds a file by flockfile. No
// thread is ever parked inside one of these functions.
namespace grader::runtime {
namespace {

constexpr std::size_t kTextMax = 4096;  ///< of one formatted output that the trace keeps

int number_of(FILE* file) {
  if (file == stdout) return 1;
  return file == stderr ? 2 : 0;
}

}  // namespace

Thread* output_point(FILE* file, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr) return nullptr;
  Object& object = object_at(ObjectKind::file, file, *self);
  Operation op =
      lock_operation(EventKind::output, Guard::free_or_own, object, location_of_caller(caller));
  op.recorded = false;
  perform(*self, op);
  return self;
}

void note_output(Thread* self, FILE* file, const char* text, std::size_t size) {
  if (self == nullptr || size == 0 || number_of(file) == 0) return;
  record_text(*self, EventKind::output, number_of(file), text, size);
}

bool drain(Thread& self, FILE* file, std::uint64_t location) {
  const std::size_t size = __fpending(file);
  if (size == 0 || !is_on_stream(self, file)) return true;
  const ssize_t n = write_stream(self, fileno(file), file->_IO_write_base, size, location);
  __fpurge(file);
  return n >= 0;
}

namespace {

enum class Ahead : std::uint8_t { nothing, written, failed };

// What a stdio function is about to print to a pipe is written here when it does not fit into the
// file's buffer with a newline; nothing: the C library puts it there without writing.
Ahead write_ahead(Thread* self, FILE* file, const char* text, std::size_t size,
                  const void* caller) {
  constexpr int kUnbuffered = 0x0002;  // of _flags, as the C library names and prints them
  constexpr int kHasFailed = 0x0020;
  constexpr std::size_t kFirstBuffer = 4096;  // what the C library gives to a pipe
  if (self == nullptr || size == 0 || !is_on_stream(*self, file)) return Ahead::nothing;
  const std::size_t room = __fbufsize(file) != 0 ? __fbufsize(file) : kFirstBuffer;
  const bool is_unbuffered = (file->_flags & kUnbuffered) != 0;
  const bool at_once = is_unbuffered || __flbf(file) != 0;
  if (!at_once && __fpending(file) + size + 1 < room) return Ahead::nothing;
  const std::uint64_t location = location_of_caller(caller);
  bool good = drain(*self, file, location);
  if (good && !at_once && size + 1 < room) return Ahead::nothing;
  good = good && write_stream(*self, fileno(file), text, size, location) >= 0;
  if (!good) file->_flags |= kHasFailed;
  return good ? Ahead::written : Ahead::failed;
}

int print_formatted(FILE* file, const char* format, va_list arguments, const void* caller) {
  Thread* self = output_point(file, caller);
  if (self == nullptr || (number_of(file) == 0 && !is_on_stream(*self, file))) {
    return NEXT(vfprintf)(file, format, arguments);
  }
  char* text = nullptr;
  va_list copy;
  va_copy(copy, arguments);
  const int size = vasprintf(&text, format, copy);
  va_end(copy);
  if (size < 0) return NEXT(vfprintf)(file, format, arguments);
  const auto whole = static_cast<std::size_t>(size);
  note_output(self, file, text, whole < kTextMax ? whole : kTextMax - 1);
  const Ahead ahead = write_ahead(self, file, text, whole, caller);
  std::free(text);
  if (ahead == Ahead::nothing) return NEXT(vfprintf)(file, format, arguments);
  return ahead == Ahead::written ? size : -1;
}

int print_to_descriptor(int fd, const char* format, va_list arguments) {
  if (controlled() == nullptr) return NEXT(vdprintf)(fd, format, arguments);
  char* text = nullptr;
  const int size = vasprintf(&text, format, arguments);
  if (size < 0) return -1;
  const ssize_t n = write(fd, text, static_cast<std::size_t>(size));
  std::free(text);
  return n < 0 ? -1 : size;
}

}  // namespace
}  // namespace grader::runtime

using namespace grader::runtime;

#define GRADER_CALLED_FROM __builtin_return_address(0)

// Forwards the variable arguments of `format` to print_formatted.
#define GRADER_PRINT(file)                                                         \
  va_list arguments;                                                               \
  va_start(arguments, format);                                                     \
  const int result = print_formatted(file, format, arguments, GRADER_CALLED_FROM); \
  va_end(arguments);                                                               \
  return result

GRADER_INTERPOSED int printf(const char* format, ...) { GRADER_PRINT(stdout); }
GRADER_INTERPOSED int fprintf(FILE* file, const char* format, ...) { GRADER_PRINT(file); }
GRADER_INTERPOSED int vprintf(const char* format, va_list arguments) {
  return print_formatted(stdout, format, arguments, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int vfprintf(FILE* file, const char* format, va_list arguments) {
  return print_formatted(file, format, arguments, GRADER_CALLED_FROM);
}

// What _FORTIFY_SOURCE makes of them; the flag asks for checks of %n.
extern "C" int __printf_chk(int flag, const char* format, ...);
extern "C" int __fprintf_chk(FILE* file, int flag, const char* format, ...);
extern "C" int __vprintf_chk(int flag, const char* format, va_list arguments);
extern "C" int __vfprintf_chk(FILE* file, int flag, const char* format, va_list arguments);

GRADER_INTERPOSED int __printf_chk(int, const char* format, ...) { GRADER_PRINT(stdout); }
GRADER_INTERPOSED int __fprintf_chk(FILE* file, int, const char* format, ...) {
  GRADER_PRINT(file);
}
GRADER_INTERPOSED int __vprintf_chk(int, const char* format, va_list arguments) {
  return print_formatted(stdout, format, arguments, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int __vfprintf_chk(FILE* file, int, const char* format, va_list arguments) {
  return print_formatted(file, format, arguments, GRADER_CALLED_FROM);
}

GRADER_INTERPOSED int vdprintf(int fd, const char* format, va_list arguments) {
  return print_to_descriptor(fd, format, arguments);
}
GRADER_INTERPOSED int dprintf(int fd, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = print_to_descriptor(fd, format, arguments);
  va_end(arguments);
  return result;
}
extern "C" int __dprintf_chk(int fd, int flag, const char* format, ...);
GRADER_INTERPOSED int __dprintf_chk(int fd, int, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int result = print_to_descriptor(fd, format, arguments);
  va_end(arguments);
  return result;
}

GRADER_INTERPOSED void perror(const char* what) {
  const int error = errno;
  if (controlled() == nullptr) return NEXT(perror)(what);
  const bool is_named = what != nullptr && what[0] != '\0';
  fprintf(stderr, "%s%s%s\n", is_named ? what : "", is_named ? ": " : "", strerror(error));
}

GRADER_INTERPOSED int puts(const char* text) {
  Thread* self = output_point(stdout, GRADER_CALLED_FROM);
  const std::size_t size = std::strlen(text);
  note_output(self, stdout, text, size);
  Ahead ahead = write_ahead(self, stdout, text, size, GRADER_CALLED_FROM);
  if (ahead == Ahead::nothing) return NEXT(puts)(text);
  if (ahead == Ahead::written) ahead = write_ahead(self, stdout, "\n", 1, GRADER_CALLED_FROM);
  if (ahead == Ahead::nothing) return NEXT(fputc)('\n', stdout) == EOF ? EOF : 1;
  return ahead == Ahead::written ? 1 : EOF;
}

GRADER_INTERPOSED int fputs(const char* text, FILE* file) {
  Thread* self = output_point(file, GRADER_CALLED_FROM);
  note_output(self, file, text, std::strlen(text));
  const Ahead ahead = write_ahead(self, file, text, std::strlen(text), GRADER_CALLED_FROM);
  if (ahead != Ahead::nothing) return ahead == Ahead::written ? 1 : EOF;
  return NEXT(fputs)(text, file);
}

namespace {

using PutCharacter = int (*)(int, FILE*);

int put_character(PutCharacter next, int character, FILE* file, const void* caller) {
  Thread* self = output_point(file, caller);
  const char text = static_cast<char>(character);
  note_output(self, file, &text, 1);
  const Ahead ahead = write_ahead(self, file, &text, 1, caller);
  if (ahead != Ahead::nothing) {
    return ahead == Ahead::written ? static_cast<unsigned char>(text) : EOF;
  }
  return next(character, file);
}

}  // namespace

GRADER_INTERPOSED int fputc(int character, FILE* file) {
  return put_character(NEXT(fputc), character, file, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int putc(int character, FILE* file) {
  return put_character(NEXT(fputc), character, file, GRADER_CALLED_FROM);
}
GRADER_INTERPOSED int putchar(int character) {
  return put_character(NEXT(fputc), character, stdout, GRADER_CALLED_FROM);
}

GRADER_INTERPOSED std::size_t fwrite(const void* data, std::size_t size, std::size_t count,
                                     FILE* file) {
  Thread* self = output_point(file, GRADER_CALLED_FROM);
  const auto* text = static_cast<const char*>(data);
  note_output(self, file, text, size * count);
  const Ahead ahead = write_ahead(self, file, text, size * count, GRADER_CALLED_FROM);
  if (ahead != Ahead::nothing) return ahead == Ahead::written ? count : 0;
  return NEXT(fwrite)(data, size, count, file);
}

GRADER_INTERPOSED int fflush(FILE* file) {
  Thread* self = file != nullptr ? output_point(file, GRADER_CALLED_FROM) : controlled();
  FILE* const on_pipe = file != nullptr ? file : stdout;
  if (self != nullptr && !drain(*self, on_pipe, GRADER_CALLER)) return EOF;
  return NEXT(fflush)(file);
}

GRADER_INTERPOSED void flockfile(FILE* file) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(flockfile)(file);
  const std::uint64_t location = GRADER_CALLER;
  Object& object = object_at(ObjectKind::file, file, *self);
  perform(*self, lock_operation(EventKind::lock, Guard::free_or_own, object, location));
  take(*self, object, location);
  NEXT(flockfile)(file);
}

GRADER_INTERPOSED int ftrylockfile(FILE* file) noexcept {
  Thread* self = controlled();
  if (self == nullptr) return NEXT(ftrylockfile)(file);
  const std::uint64_t location = GRADER_CALLER;
  Object& object = object_at(ObjectKind::file, file, *self);
  Operation op = lock_operation(EventKind::lock, Guard::open, object, location);
  op.recorded = false;
  op.undecided = true;
  perform(*self, op);
  if (object.owner != nullptr && object.owner != self) {
    record(*self, EventKind::lock_failed, 0, &object, location);
    note_poll(*self, location);
    return -1;
  }
  record(*self, EventKind::lock, 0, &object, location);
  take(*self, object, location);
  return NEXT(ftrylockfile)(file);
}

GRADER_INTERPOSED void funlockfile(FILE* file) noexcept {
  Thread* self = controlled();
  Object* object = self != nullptr ? find_object(ObjectKind::file, file) : nullptr;
  if (object == nullptr || object->owner != self) return NEXT(funlockfile)(file);
  perform(*self, lock_operation(EventKind::unlock, Guard::open, *object, GRADER_CALLER));
  give_back(*object);
  NEXT(funlockfile)(file);
}
