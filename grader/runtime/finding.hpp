#pragma once

#include <cstddef>

#include "runtime/local.hpp"

namespace grader::runtime {

/// A sentence put together without the C library's formatting, cut at the end of its buffer.
class Sentence {
 public:
  Sentence& operator<<(const char* text);
  Sentence& operator<<(std::uint64_t number);
  /// "thread 3" or "thread 3 (reader)".
  Sentence& operator<<(const Thread& thread);
  /// "mutex 2", "condition variable 1", …
  Sentence& operator<<(const Object& object);

  [[nodiscard]] const char* text() const { return text_; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  char text_[2048] = {};
  std::size_t size_ = 0;
};

/// A finding under construction.
struct Finding {
  protocol::FindingKind kind = protocol::FindingKind::none;
  const Thread* thread = nullptr;
  const Object* object = nullptr;
  Sentence sentence;
  std::uint32_t location_count = 0;
  std::uint64_t locations[protocol::kFindingLocations] = {};

  /// Appends " at {n}" to the sentence for a known place that there is room for.
  void at(std::uint64_t location);
};

/// Puts `finding` into the channel. The same sentence is told once a run.
void report(const Finding& finding);

/// The program did with `object` what POSIX leaves undefined or forbids.
void report_misuse(const Thread& thread, const Object& object, const char* what,
                   std::uint64_t location);

/// A call that the runtime has no model for.
void report_unsupported(const Thread& thread, const char* function, const char* why,
                        std::uint64_t location);

}  // namespace grader::runtime
