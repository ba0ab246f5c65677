#include "explore/benchmark_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "explore/native_channel.hpp"
#include "explore/quiet_core.hpp"
#include "explore/ratio_interval.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// How one run with one library went.
struct Turn {
  double cpu_ns = 0;    ///< of one iteration
  std::string failure;  ///< the grader could not run it
  std::string ended;    ///< it did not get to its end
};

bool is_done(const Turn& turn) { return turn.failure.empty() && turn.ended.empty(); }

double number_in(const std::string& text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc{} ? value : 0;
}

/// The measured time, which the closing record alone holds: it comes with the key of the run.
double closing_time_ns(const Trace& trace, std::uint64_t key) {
  double time_ns = 0;
  for (const TraceEvent& event : trace) {
    const bool closes = event.kind == protocol::EventKind::closing &&
                        static_cast<std::uint64_t>(event.value) == key;
    if (closes) time_ns = number_in(event.text);
  }
  return time_ns;
}

std::string first_assertion(const Trace& trace) {
  for (const TraceEvent& event : trace) {
    if (event.kind == protocol::EventKind::test_assertion) return event.text;
  }
  return "";
}

/// Why a run says nothing about speed; empty: it does.
std::string why_ended(const ProcessOutcome& outcome, const Trace& trace,
                      const HarnessRecord& record) {
  if (const std::string assertion = first_assertion(trace); !assertion.empty()) return assertion;
  if (outcome.termination != Termination(Exited{0})) {
    return "the program " + to_text(outcome.termination);
  }
  return record.passed ? "" : "the program ended in the middle of the scenario";
}

class Turns {
 public:
  Turns(const BenchmarkPlan& plan, const BenchmarkSettings& settings)
      : plan_(plan), settings_(settings) {}

  [[nodiscard]] Turn run(const fs::path& library) const {
    Result<NativeChannel> channel = NativeChannel::create(settings_.isolation != Isolation::none);
    if (!channel.ok()) return {0, channel.error().message, ""};
    const ProcessOutcome outcome = settings_.run(request(library, *channel));
    if (const auto* broken = std::get_if<SandboxFailed>(&outcome.termination)) {
      return {0, broken->reason, ""};
    }
    const Trace trace = read_trace(channel->view(), TraceIds::kernel, outcome.kernel_pid);
    const HarnessRecord record = read_harness_record(trace, channel->key());
    Turn turn;
    turn.cpu_ns = closing_time_ns(trace, channel->key());
    turn.ended = why_ended(outcome, trace, record);
    if (turn.ended.empty() && turn.cpu_ns <= 0) turn.failure = "the measurement makes no sense";
    return turn;
  }

 private:
  [[nodiscard]] ProcessRequest request(const fs::path& library,
                                       const NativeChannel& channel) const {
    ProcessRequest request;
    request.arguments = {plan_.program.string(), plan_.scenario};
    request.working_directory = plan_.directory;
    request.limits = plan_.limits;
    request.environment = {{protocol::kChannelVariable, channel.path()},
                           {"LD_LIBRARY_PATH", library.parent_path().string()}};
    request.isolation = settings_.isolation;
    request.readable = {library.parent_path(), plan_.program};
    request.files = channel.file().files();
    request.writable = {plan_.directory};
    return request;
  }

  const BenchmarkPlan& plan_;
  const BenchmarkSettings& settings_;
};

/// Copies what is wrong with a pair to the measurement; false when nothing is.
bool take_failure(const Turn& submission, const Turn& reference, BenchmarkMeasurement& measured) {
  if (is_done(submission) && is_done(reference)) return false;
  if (!is_done(reference)) {
    measured.failure = "the reference solution: " +
                       (reference.failure.empty() ? reference.ended : reference.failure);
  } else if (!submission.failure.empty()) {
    measured.failure = submission.failure;
  } else {
    measured.ended = submission.ended;
  }
  return true;
}

}  // namespace

BenchmarkMeasurement run_benchmark(const BenchmarkPlan& plan, const BenchmarkSettings& settings) {
  BenchmarkMeasurement measured;
  measured.scenario = plan.scenario;
  const Turns turns(plan, settings);
  const OnOneCore quiet(quietest_core());
  const auto end = Clock::now() + std::chrono::milliseconds(plan.time_max_ms);
  std::vector<double> ratios;
  std::uint64_t looks = kPairsMin;  // at 8, 16, 32, … pairs: each look could be wrong
  while (ratios.size() < plan.pairs_max && (ratios.empty() || Clock::now() < end)) {
    // Who goes first alternates, so that neither always finds the caches as the other left them.
    const bool reference_first = ratios.size() % 2 == 0;
    const Turn first = turns.run(reference_first ? plan.reference : plan.submission);
    const Turn second = turns.run(reference_first ? plan.submission : plan.reference);
    const Turn& submission = reference_first ? second : first;
    const Turn& reference = reference_first ? first : second;
    if (take_failure(submission, reference, measured)) return measured;
    ratios.push_back(submission.cpu_ns / reference.cpu_ns);
    if (ratios.size() < looks) continue;
    looks *= 2;
    if (!is_undecided(*median_interval(ratios), plan.ratio_max)) break;
  }
  measured.pairs = ratios.size();
  const std::optional<RatioInterval> interval = median_interval(ratios);
  if (!interval) {
    measured.withheld =
        fmt::format("{} s were not enough to measure it often enough", plan.time_max_ms / 1000);
    return measured;
  }
  measured.ratio = interval->median;
  measured.ratio_low = interval->low;
  measured.ratio_high = interval->high;
  return measured;
}

}  // namespace grader
