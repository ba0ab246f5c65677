#include "cli/failure_text.hpp"

#include <fmt/format.h>

namespace grader {

std::string failure_text(const Failure& failure, const LanesStyle& style) {
  const char* bold = style.colour ? "\033[1;31m" : "";
  const char* plain = style.colour ? "\033[0m" : "";
  std::string text =
      fmt::format("{}{}{}: {}\n", bold, to_text(failure.kind), plain, failure.message);
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
