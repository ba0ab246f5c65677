#include "cli/failure_text.hpp"

#include <fmt/format.h>

namespace grader {

std::string failure_text(const Failure& failure, const LanesStyle& style) {
  const char* bold = style.colour ? "\033[1;31m" : "";
  const char* plain = style.colour ? "\033[0m" : "";
  // Some sentences begin with the kind themselves.
  std::string sentence = failure.message;
  const std::string kind = to_text(failure.kind);
  if (sentence.starts_with(kind + ": ")) sentence.erase(0, kind.size() + 2);
  std::string text = fmt::format("{}{}{}: {}\n", bold, kind, plain, sentence);
  for (const SourceLocation& place : failure.locations) {
    text += fmt::format("  {}:{}", place.file, place.line);
    text += place.function.empty() ? "\n" : fmt::format(" in {}\n", place.function);
  }
  if (!failure.trace.empty()) {
    text += fmt::format("\nHow it happens (schedule {}, {} preemption{}):\n", failure.schedule,
                        failure.preemptions, failure.preemptions == 1 ? "" : "s");
    text += draw_lanes(failure, style);
  }
  if (!failure.replay.empty()) {
    text += fmt::format("\nSee it again: grader replay {}\n", failure.replay);
  }
  return text;
}

}  // namespace grader
