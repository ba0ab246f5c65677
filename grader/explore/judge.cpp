#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "explore/explorer.hpp"

namespace grader {
namespace {

using protocol::RunEnd;

RuntimeFinding make_finding(FindingKind kind, std::string message, std::uint64_t step) {
  RuntimeFinding finding;
  finding.finding.kind = kind;
  finding.finding.message = std::move(message);
  finding.step = step;
  return finding;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\n \t");
  if (end == std::string::npos) return {};
  const std::size_t newline = text.rfind('\n', end);
  const std::size_t start = newline == std::string::npos ? 0 : newline + 1;
  return text.substr(start, std::min<std::size_t>(end + 1 - start, 300));
}

// An assertion that fails ends in abort(), as does an exception that nobody catches.
RuntimeFinding judge_signal(const ControlledRun& run, int signal) {
  const bool terminated = run.stderr_text.find("terminate called") != std::string::npos;
  const bool asserted = signal == SIGABRT && !terminated;
  std::string message = "the program " + to_text(run.termination);
  if (terminated) {
    message = "an exception left a thread, or a thread that can be joined was destroyed";
  } else if (asserted) {
    message = "the program gave up (abort)";
  }
  const std::string said = last_line(run.stderr_text);
  if (!said.empty()) message += ": " + said;
  return make_finding(asserted ? FindingKind::assertion : FindingKind::crash, std::move(message),
                      run.steps);
}

std::string words_for(const LimitExceeded& end) {
  if (end.limit == "cpu") return "a thread ran for ever between two scheduling points";
  if (end.limit == "wall") {
    return "every thread waits in the kernel for something that the scheduler does not control";
  }
  return "the program exceeded its " + end.limit + " limit";
}

std::optional<RuntimeFinding> judge_end(const ControlledRun& run, int expect_exit) {
  if (run.end == RunEnd::replay_diverged) {
    return make_finding(FindingKind::uncontrolled,
                        "the program did not behave as it did when the schedule was recorded",
                        run.steps);
  }
  if (const auto* signalled = std::get_if<Signalled>(&run.termination)) {
    return judge_signal(run, signalled->signal);
  }
  if (std::holds_alternative<Deadlocked>(run.termination)) {
    return make_finding(FindingKind::deadlock, "no thread can ever go on", run.steps);
  }
  if (std::holds_alternative<Livelocked>(run.termination)) {
    return make_finding(FindingKind::livelock, "the threads run for ever without progress",
                        run.steps);
  }
  if (const auto* limit = std::get_if<LimitExceeded>(&run.termination)) {
    return make_finding(FindingKind::timeout, words_for(*limit), run.steps);
  }
  const auto* exited = std::get_if<Exited>(&run.termination);
  if (exited != nullptr && exited->code != expect_exit) {
    return make_finding(
        FindingKind::exit_code,
        fmt::format("the program ended with exit status {}, not {}", exited->code, expect_exit),
        run.steps);
  }
  return std::nullopt;
}

bool is_end_kind(FindingKind kind) {
  return kind == FindingKind::deadlock || kind == FindingKind::livelock ||
         kind == FindingKind::lost_wakeup;
}

// Under the working directory files are named as a person there would.
SourceLocation as_seen_from_here(SourceLocation place) {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string() + "/";
  if (!error && place.file.starts_with(here)) place.file.erase(0, here.size());
  return place;
}

bool is_system_file(const std::string& file) {
  return file.starts_with("/usr/") || file.find("/sysdeps/") != std::string::npos ||
         file.starts_with("../") || file.starts_with("./");
}

}  // namespace

std::vector<RuntimeFinding> judge_run(const ControlledRun& run, int expect_exit) {
  std::vector<RuntimeFinding> findings = run.findings;
  const std::optional<RuntimeFinding> end = judge_end(run, expect_exit);
  if (end) {
    // The runtime tells a deadlock or livelock with more words than its mere end does.
    const bool told = is_end_kind(end->finding.kind) &&
                      std::any_of(findings.begin(), findings.end(), [](const RuntimeFinding& f) {
                        return is_end_kind(f.finding.kind);
                      });
    if (!told) findings.push_back(*end);
  }
  if (run.leftovers > 0) {
    findings.push_back(make_finding(
        FindingKind::leak,
        fmt::format("{} process(es) were still running when the program had ended", run.leftovers),
        run.steps));
  }
  // What ended the run comes first: it is what everybody sees. Then in order of appearance.
  std::stable_sort(findings.begin(), findings.end(),
                   [](const RuntimeFinding& a, const RuntimeFinding& b) {
                     const auto rank = [](FindingKind kind) {
                       if (is_end_kind(kind)) return 0;
                       if (kind == FindingKind::crash || kind == FindingKind::assertion) return 1;
                       return kind == FindingKind::unsupported_call ? 3 : 2;
                     };
                     return rank(a.finding.kind) < rank(b.finding.kind);
                   });
  return findings;
}

SourceLocation place_of(std::uint64_t location, const ChannelView& view, Symbolizer& symbolizer) {
  if (location == 0) return {};
  const std::string module = read_module(view, protocol::location_module(location));
  if (module.empty()) return {};
  const std::vector<SourceLocation> frames =
      symbolizer.frames(module, protocol::location_offset(location));
  for (const SourceLocation& frame : frames) {
    if (frame.line > 0 && !is_system_file(frame.file)) return as_seen_from_here(frame);
  }
  return frames.empty() ? SourceLocation{} : frames.back();
}

Finding explain_finding(const RuntimeFinding& found, const ChannelView& view,
                        Symbolizer& symbolizer) {
  Finding finding = found.finding;
  for (std::size_t i = 0; i < found.location_codes.size(); ++i) {
    SourceLocation place = place_of(found.location_codes[i], view, symbolizer);
    std::string text = "an unknown place";
    if (place.line > 0) {
      text = fmt::format("{}:{}", place.file, place.line);
    } else if (!place.function.empty()) {
      text = place.function;
    }
    const std::string hole = fmt::format("{{{}}}", i);
    for (std::size_t at = finding.message.find(hole); at != std::string::npos;
         at = finding.message.find(hole, at + text.size())) {
      finding.message.replace(at, hole.size(), text);
    }
    const bool known = std::find(finding.locations.begin(), finding.locations.end(), place) !=
                       finding.locations.end();
    if (place.line > 0 && !known) finding.locations.push_back(std::move(place));
  }
  return finding;
}

}  // namespace grader
