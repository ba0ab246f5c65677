#include "explore/thrift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace grader {
namespace {

std::size_t bytes_of(const TraceEvent& event) {
  std::size_t bytes = sizeof event + event.name.size() + event.text.size();
  for (const auto& [key, value] : event.attributes) {
    bytes += sizeof key + sizeof value + key.size() + value.size();
  }
  return bytes;
}

std::size_t bytes_of(const Trace& trace) {
  std::size_t bytes = 0;
  for (const TraceEvent& event : trace) bytes += bytes_of(event);
  return bytes;
}

bool is_of_the_test(const TraceEvent& event) {
  using protocol::EventKind;
  return event.kind == EventKind::test_assertion || event.kind == EventKind::test_end;
}

void cut_trace(Trace& trace) {
  if (trace.size() > 2 * kTraceEndEvents) {
    const auto end = static_cast<std::ptrdiff_t>(kTraceEndEvents);
    trace.erase(trace.begin() + end, trace.end() - end);
    // Erasing gives no memory back.
    trace.shrink_to_fit();
  }
  for (TraceEvent& event : trace) {
    event.text = head_and_tail(event.text, kOutputEndBytes / 2);
    event.attributes.clear();
  }
}

}  // namespace

std::string head_and_tail(const std::string& text, std::size_t end_bytes) {
  if (text.size() <= 2 * end_bytes) return text;
  return fmt::format("{}\n[... {} bytes left out ...]\n{}", text.substr(0, end_bytes),
                     text.size() - 2 * end_bytes, text.substr(text.size() - end_bytes));
}

bool exceeds_a_limit(const Observation& run) {
  return std::holds_alternative<LimitExceeded>(run.termination);
}

void keep_what_is_checked(const RunPlan& plan, Observation& run) {
  run.stderr_text = head_and_tail(run.stderr_text, kOutputEndBytes);
  if (!exceeds_a_limit(run) && bytes_of(run.trace) > kTraceBytesMax) {
    run.termination = LimitExceeded{"events"};
  }
  const bool spoilt = exceeds_a_limit(run);
  if (spoilt || !plan.output_is_checked) {
    run.stdout_text = head_and_tail(run.stdout_text, kOutputEndBytes);
  }
  if (spoilt) {
    cut_trace(run.trace);
  } else if (!plan.trace_is_checked) {
    Trace kept;
    std::copy_if(std::make_move_iterator(run.trace.begin()),
                 std::make_move_iterator(run.trace.end()), std::back_inserter(kept),
                 is_of_the_test);
    run.trace = std::move(kept);
  }
}

std::uint64_t KeptRuns::room() const {
  constexpr std::size_t kRunBytesMax = kTraceBytesMax + (2U << 20U);  // and both its outputs
  const std::size_t left = bytes_ < kKeptBytesMax ? kKeptBytesMax - bytes_ : 0;
  return std::max<std::uint64_t>(1, left / kRunBytesMax);
}

void KeptRuns::count(Observation& run) {
  bytes_ += bytes_of(run.trace) + run.stdout_text.size() + run.stderr_text.size();
  if (bytes_ <= kKeptBytesMax) return;
  if (!exceeds_a_limit(run)) run.termination = LimitExceeded{"events"};
  cut_trace(run.trace);
  run.stdout_text = head_and_tail(run.stdout_text, kOutputEndBytes);
}

}  // namespace grader
