// Wide characters on a stream that makes wait: they are put together inside the C library, where
// nobody sees it wait. Such a call is named in a finding, and goes through. On files it is nothing
// but output.
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

#include "runtime/finding.hpp"
#include "runtime/input.hpp"
#include "runtime/location.hpp"
#include "runtime/next_definition.hpp"

namespace grader::runtime {
namespace {

void name_wide(FILE* file, const char* function, const void* caller) {
  Thread* self = controlled();
  if (self == nullptr || !is_on_stream(*self, file)) return;
  report_unsupported(*self, function, "wide characters may wait for a pipe where nobody sees it",
                     location_of_caller(caller));
}

}  // namespace
}  // namespace grader::runtime

using grader::runtime::name_wide;

#define GRADER_WIDE(result, name, file, parameters, arguments) \
  GRADER_INTERPOSED result name parameters {                   \
    name_wide(file, #name, __builtin_return_address(0));       \
    return NEXT(name) arguments;                               \
  }

GRADER_WIDE(wint_t, fputwc, file, (wchar_t letter, FILE* file), (letter, file))
GRADER_WIDE(wint_t, putwc, file, (wchar_t letter, FILE* file), (letter, file))
GRADER_WIDE(wint_t, putwchar, stdout, (wchar_t letter), (letter))
GRADER_WIDE(int, fputws, file, (const wchar_t* text, FILE* file), (text, file))
GRADER_WIDE(wint_t, fgetwc, file, (FILE * file), (file))
GRADER_WIDE(wint_t, getwc, file, (FILE * file), (file))
GRADER_WIDE(wint_t, getwchar, stdin, (), ())
GRADER_WIDE(wchar_t*, fgetws, file, (wchar_t * text, int size, FILE* file), (text, size, file))
GRADER_WIDE(int, vfwprintf, file, (FILE * file, const wchar_t* format, va_list arguments),
            (file, format, arguments))
GRADER_WIDE(int, vwprintf, stdout, (const wchar_t* format, va_list arguments), (format, arguments))

#define GRADER_WIDE_PRINT(file, name)                          \
  name_wide(file, #name, __builtin_return_address(0));         \
  va_list arguments;                                           \
  va_start(arguments, format);                                 \
  const int result = NEXT(vfwprintf)(file, format, arguments); \
  va_end(arguments);                                           \
  return result

GRADER_INTERPOSED int fwprintf(FILE* file, const wchar_t* format, ...) {
  GRADER_WIDE_PRINT(file, fwprintf);
}
GRADER_INTERPOSED int wprintf(const wchar_t* format, ...) { GRADER_WIDE_PRINT(stdout, wprintf); }
