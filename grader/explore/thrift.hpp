#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/observation.hpp"

namespace grader {

/// What is kept of an output that nobody compares: so much of its head, and of its tail.
constexpr std::size_t kOutputEndBytes = 8U << 10U;
/// Of the trace of a run that exceeded a limit: so many events of its head, and of its tail.
constexpr std::size_t kTraceEndEvents = 500;
/// What the trace of one run may take in memory; a bigger one exceeds the limit "events".
constexpr std::size_t kTraceBytesMax = 8U << 20U;
/// What the traces and outputs of all runs of one plan may take; the run that passes it exceeds the
/// limit "events" too.
constexpr std::size_t kKeptBytesMax = 256U << 20U;

/// `text`, or its head and tail around a line that says how many bytes were left out.
std::string head_and_tail(const std::string& text, std::size_t end_bytes);

/// Whether the run was ended, or spoilt, by a limit.
bool exceeds_a_limit(const Observation& run);

/// Drops from a run that has been judged what no check of its plan reads, so that a grading's
/// memory does not grow with what a submission prints and does. A trace above kTraceBytesMax
/// becomes LimitExceeded "events".
void keep_what_is_checked(const RunPlan& plan, Observation& run);

/// How much memory the runs of one plan take. They are counted in the order of their schedules, so
/// that the limit falls on the same one in every grading.
class KeptRuns {
 public:
  /// How many more runs fit, however big they are; at least 1.
  [[nodiscard]] std::uint64_t room() const;
  /// Counts a run that keep_what_is_checked has seen; above kKeptBytesMax it exceeds a limit.
  void count(Observation& run);

 private:
  std::size_t bytes_ = 0;
};

}  // namespace grader
