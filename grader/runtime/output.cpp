#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cstring>

#include "runtime/location.hpp"
#include "runtime/locks.hpp"
#include "runtime/next_definition.hpp"
#include "runtime/objects.hpp"
#include "runtime/output.hpp"
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

namespace {

int print_formatted(FILE* file, const char* format, va_list arguments, const void* caller) {
  Thread* self = output_point(file, caller);
  if (self != nullptr && number_of(file) != 0) {
    char text[kTextMax];
    va_list copy;
    va_copy(copy, arguments);
    const int size = vsnprintf(text, sizeof text, format, copy);
    va_end(copy);
    const auto kept = static_cast<std::size_t>(size > 0 ? size : 0);
    note_output(self, file, text, kept < sizeof text ? kept : sizeof text - 1);
  }
  return NEXT(vfprintf)(file, format, arguments);
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

GRADER_INTERPOSED int puts(const char* text) {
  Thread* self = output_point(stdout, GRADER_CALLED_FROM);
  note_output(self, stdout, text, std::strlen(text));
  return NEXT(puts)(text);
}

GRADER_INTERPOSED int fputs(const char* text, FILE* file) {
  Thread* self = output_point(file, GRADER_CALLED_FROM);
  note_output(self, file, text, std::strlen(text));
  return NEXT(fputs)(text, file);
}

namespace {

using PutCharacter = int (*)(int, FILE*);

int put_character(PutCharacter next, int character, FILE* file, const void* caller) {
  Thread* self = output_point(file, caller);
  const char text = static_cast<char>(character);
  note_output(self, file, &text, 1);
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
  note_output(self, file, static_cast<const char*>(data), size * count);
  return NEXT(fwrite)(data, size, count, file);
}

GRADER_INTERPOSED int fflush(FILE* file) {
  if (file != nullptr) output_point(file, GRADER_CALLED_FROM);
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
