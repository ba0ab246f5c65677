#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "protocol/channel.hpp"

// ThreadSanitizer's functions for those who define __tsan_on_report (its tsan_interface.h and
// tsan_debugging.cpp): valid while a report is being made.
extern "C" {
int __tsan_get_report_data(void* report, const char** kind, int* count, int* stack_count,
                           int* access_count, int* location_count, int* mutex_count,
                           int* thread_count, int* unique_tid_count, void** sleep_stack,
                           unsigned long sleep_stack_size);
int __tsan_get_report_stack(void* report, unsigned long index, void** stack, unsigned long size);
int __tsan_get_report_mop(void* report, unsigned long index, int* thread, void** address, int* size,
                          int* is_write, int* is_atomic, void** stack, unsigned long stack_size);
}

namespace grader::protocol {

/// How a report is asked for; the addresses of the functions of the same names, since none of them
/// is there without ThreadSanitizer.
struct DetectorFunctions {
  decltype(&__tsan_get_report_data) data = nullptr;
  decltype(&__tsan_get_report_stack) stack = nullptr;
  decltype(&__tsan_get_report_mop) access = nullptr;
};

/// Where an address is in a file.
struct FilePlace {
  const char* path = nullptr;
  std::uint64_t offset = 0;
};

/// Writes a report of ThreadSanitizer's in the form that its log has under the options of
/// thread_sanitizer_options, as far as parse_reports reads it: the kind, and the stacks of what it
/// is about. Like the channel it calls nothing but memory functions. What does not fit is cut.
class DetectorReport {
 public:
  using FindPlace = FilePlace (*)(std::uint64_t address);

  /// Reads `report` (the argument of __tsan_on_report) and appends it to the channel.
  void append_to(const Channel& channel, const DetectorFunctions& functions, void* report,
                 FindPlace find_place) {
    size_ = 0;
    find_place_ = find_place;
    const char* kind = "";
    int ignored = 0;
    int stacks = 0;
    int accesses = 0;
    void* sleep[1];
    functions.data(report, &kind, &ignored, &stacks, &accesses, &ignored, &ignored, &ignored,
                   &ignored, sleep, 1);
    add("WARNING: ThreadSanitizer: ");
    add(name_of(kind));
    add("\n");
    for (int i = 0; i < accesses; ++i) add_access(functions, report, static_cast<unsigned>(i));
    for (int i = 0; i < stacks; ++i) {
      clear_frames();
      functions.stack(report, static_cast<unsigned>(i), frames_, kFramesMax);
      if (i > 0) add("  Another stack:\n");
      add_frames();
    }
    channel.append_report(text_, static_cast<std::uint32_t>(size_));
  }

 private:
  static constexpr std::size_t kFramesMax = 128;
  static constexpr std::size_t kTextMax = 60'000;  ///< what readers of the channel take

  // What its logs call the kinds (tsan_report.cpp: ReportTypeString) that its interface calls
  // otherwise.
  static const char* name_of(const char* kind) {
    struct Name {
      const char* kind;
      const char* name;
    };
    static constexpr Name kNames[] = {
        {"data-race", "data race"},
        {"data-race-vptr", "data race on vptr (ctor/dtor vs virtual call)"},
        {"heap-use-after-free-vptr", "heap-use-after-free (virtual call vs free)"},
        {"locked-mutex-destroy", "destroy of a locked mutex"},
        {"mutex-double-lock", "double lock of a mutex"},
        {"mutex-invalid-access", "use of an invalid mutex (e.g. uninitialized or destroyed)"},
        {"mutex-bad-unlock", "unlock of an unlocked mutex (or by a wrong thread)"},
        {"mutex-bad-read-lock", "read lock of a write locked mutex"},
        {"mutex-bad-read-unlock", "read unlock of a write locked mutex"},
        {"signal-unsafe-call", "signal-unsafe call inside of a signal"},
        {"errno-in-signal-handler", "signal handler spoils errno"},
        {"lock-order-inversion", "lock-order-inversion (potential deadlock)"},
        {"thread-leak", "thread leak"},
    };
    for (const Name& name : kNames) {
      const std::size_t size = std::strlen(name.kind) + 1;
      if (size == std::strlen(kind) + 1 && std::memcmp(name.kind, kind, size) == 0) {
        return name.name;
      }
    }
    return kind;
  }

  void add_access(const DetectorFunctions& functions, void* report, unsigned index) {
    int thread = 0;
    int size = 0;
    int is_write = 0;
    int is_atomic = 0;
    void* address = nullptr;
    clear_frames();
    functions.access(report, index, &thread, &address, &size, &is_write, &is_atomic, frames_,
                     kFramesMax);
    add(index == 0 ? "  " : "  Previous ");
    if (is_atomic != 0) add("atomic ");
    add(is_write != 0 ? "write of size " : "read of size ");
    add_number(static_cast<std::uint64_t>(size), 10);
    add(" by ");
    if (thread == 0) {
      add("main thread:\n");
    } else {
      add("thread T");
      add_number(static_cast<std::uint64_t>(thread), 10);
      add(":\n");
    }
    add_frames();
  }

  void clear_frames() { std::memset(static_cast<void*>(frames_), 0, sizeof frames_); }

  void add_frames() {
    for (std::size_t i = 0; i < kFramesMax && frames_[i] != nullptr; ++i) {
      // Return addresses, of which logs hold the calls.
      const FilePlace place = find_place_(reinterpret_cast<std::uintptr_t>(frames_[i]) - 1);
      add("    #");
      add_number(i, 10);
      add(" ");
      add(place.path != nullptr ? place.path : "?");
      add("+0x");
      add_number(place.offset, 16);
      add("\n");
    }
  }

  void add(const char* text) {
    for (; *text != '\0' && size_ < kTextMax; ++text) text_[size_++] = *text;
  }

  void add_number(std::uint64_t number, unsigned base) {
    char digits[24];
    std::size_t first = sizeof digits - 1;
    digits[first] = '\0';
    do {
      digits[--first] = "0123456789abcdef"[number % base];
      number /= base;
    } while (number != 0);
    add(digits + first);
  }

  FindPlace find_place_ = nullptr;
  void* frames_[kFramesMax];
  std::size_t size_ = 0;
  char text_[kTextMax];
};

}  // namespace grader::protocol
