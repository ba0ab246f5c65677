#include "explore/tsan_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <tuple>

#include "base/posix.hpp"
#include "base/regular_file.hpp"

namespace grader {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWarning = "WARNING: ThreadSanitizer: ";
constexpr std::string_view kError = "ERROR: ThreadSanitizer: ";
// A submission can write into its logs as well, and must not make them a burden.
constexpr std::size_t kLogBytesMax = 4U << 20U;
constexpr std::size_t kLogsMax = 1'000;
constexpr std::size_t kReportsMax = 400;  // the channel's, and as many in logs
constexpr std::size_t kStacksMax = 16;    // of a report
constexpr std::size_t kFramesMax = 256;   // of a stack, which is ThreadSanitizer's own limit
constexpr std::string_view kFatal = "FATAL: ThreadSanitizer: ";

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// "#3 /path/libx.so+0x12ab".
std::optional<ReportStack::Frame> parse_frame(std::string_view line) {
  if (!line.starts_with('#')) return std::nullopt;
  const std::size_t space = line.find(' ');
  const std::size_t plus = line.rfind("+0x");
  if (space == std::string_view::npos || plus == std::string_view::npos || plus < space) {
    return std::nullopt;
  }
  ReportStack::Frame frame;
  frame.module = std::string(line.substr(space + 1, plus - space - 1));
  const std::string_view digits = line.substr(plus + 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), frame.offset, 16);
  return frame;
}

/// The kind in "data race (pid=12)" or "SEGV on unknown address 0x0 (pc 0x…".
std::string kind_of(std::string_view rest) {
  for (const std::string_view end : {" (pid=", " on unknown address", " on address"}) {
    rest = rest.substr(0, rest.find(end));
  }
  // A log that was cut or forged is a report all the same.
  return trimmed(rest).empty() ? "a report without a name" : std::string(trimmed(rest));
}

/// A stack of a report with its places in the sources.
struct Access {
  SourceLocation location;
  bool is_write = false;
  bool is_atomic = false;
  bool is_main_thread = false;

  auto operator<=>(const Access&) const = default;
};

class Explainer {
 public:
  Explainer(const ReportSources& sources, Symbolizer& symbolizer)
      : sources_(sources), symbolizer_(symbolizer) {}

  Finding explain(const RawReport& report) {
    if (report.kind.starts_with("data race") ||
        report.kind.find("use-after-free") < report.kind.size()) {
      return explain_accesses(report);
    }
    return explain_single(report);
  }

  /// Whether the report is a false one of the standard library's: libstdc++ 12 guards the pointer
  /// of std::atomic<std::shared_ptr> by a bit of another word, and unlocks it without a release. (A
  /// suppression of ThreadSanitizer's needs function names, which cost half a second a run.)
  bool is_false_report(const RawReport& report) {
    if (sources_.lines_may_lie || report.kind != "data race") return false;
    bool has_access = false;
    for (const ReportStack& stack : report.stacks) {
      if (!is_access(stack)) continue;
      if (!is_in_atomic_pointer(stack)) return false;
      has_access = true;
    }
    return has_access;
  }

 private:
  static constexpr std::size_t kDepthOfAtomicPointer = 4;  ///< frames from the access outwards

  static bool is_access(const ReportStack& stack) {
    return stack.header.find(" of size ") != std::string::npos &&
           stack.header.find("ocation is") == std::string::npos;
  }

  bool is_in_atomic_pointer(const ReportStack& stack) {
    for (std::size_t i = 0; i < stack.frames.size() && i < kDepthOfAtomicPointer; ++i) {
      const ReportStack::Frame& frame = stack.frames[i];
      // Of a library that the submission brought along, the names of lines prove nothing.
      if (frame.module != sources_.library.string() && frame.module != sources_.program.string()) {
        continue;
      }
      for (const SourceLocation& location : symbolizer_.frames(frame.module, frame.offset)) {
        const bool is_system = location.file.starts_with("/usr/");
        if (is_system && location.file.ends_with("bits/shared_ptr_atomic.h")) return true;
      }
    }
    return false;
  }

  /// The place in the student's code that a stack passed last; else in the scenarios; else unknown.
  SourceLocation place_of(const ReportStack& stack) {
    std::optional<SourceLocation> scenario;
    for (const ReportStack::Frame& frame : stack.frames) {
      if (frame.module == sources_.library.string()) {
        for (SourceLocation& location : symbolizer_.frames(frame.module, frame.offset)) {
          if (is_students(location.file)) return location;
        }
      } else if (frame.module == sources_.program.string() && !scenario.has_value()) {
        for (SourceLocation& location : symbolizer_.frames(frame.module, frame.offset)) {
          if (scenario.has_value() || !location.file.starts_with("scenarios/")) continue;
          scenario = location;
        }
      }
    }
    return scenario.value_or(SourceLocation{});
  }

  [[nodiscard]] bool is_students(const std::string& file) const {
    const auto& files = sources_.student_files;
    if (files.empty()) return !file.starts_with("/usr/");
    return std::find(files.begin(), files.end(), file) != files.end();
  }

  std::vector<Access> accesses_of(const RawReport& report) {
    std::vector<Access> accesses;
    for (const ReportStack& stack : report.stacks) {
      std::string header = stack.header;
      std::transform(header.begin(), header.end(), header.begin(),
                     [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
      const bool is_access = header.find(" of size ") != std::string::npos &&
                             header.find("location is") == std::string::npos;
      const bool is_free = header.find("previous write") == std::string::npos &&
                           header.find("freed by") != std::string::npos;
      if (!is_access && !is_free) continue;
      Access access;
      access.location = place_of(stack);
      access.is_write = header.find("write") != std::string::npos || is_free;
      access.is_atomic = header.find("atomic") != std::string::npos;
      access.is_main_thread = header.find("by main thread") != std::string::npos;
      accesses.push_back(std::move(access));
      if (accesses.size() == 2) break;
    }
    // Which of the two came first differs from run to run; the defect is the same.
    std::sort(accesses.begin(), accesses.end(), [](const Access& a, const Access& b) {
      return std::tie(b.is_write, a) < std::tie(a.is_write, b);
    });
    return accesses;
  }

  static std::string describe(const SourceLocation& location) {
    if (location.line == 0) return "an unknown place";
    std::string text = fmt::format("{}:{}", location.file, location.line);
    if (!location.function.empty()) text += " in " + location.function;
    return text;
  }

  static std::string describe(const Access& access) {
    return fmt::format("{}{} at {}{}", access.is_atomic ? "atomic " : "",
                       access.is_write ? "write" : "read", describe(access.location),
                       access.is_main_thread ? " (main thread)" : "");
  }

  Finding explain_accesses(const RawReport& report) {
    Finding finding;
    finding.kind = FindingKind::data_race;
    const std::vector<Access> accesses = accesses_of(report);
    const bool freed = report.kind.find("use-after-free") != std::string::npos;
    std::string sentence = freed ? "a thread uses memory that another has already freed"
                                 : "two threads touch the same variable and no lock orders them";
    if (report.kind.find("vptr") != std::string::npos) {
      sentence = "one thread destroys or constructs an object while another calls its functions";
    }
    for (std::size_t i = 0; i < accesses.size(); ++i) {
      sentence += (i == 0 ? ": " : " and ") + describe(accesses[i]);
      if (accesses[i].location.line > 0) finding.locations.push_back(accesses[i].location);
    }
    finding.message = std::move(sentence);
    return finding;
  }

  Finding explain_single(const RawReport& report) {
    struct Explanation {
      std::string_view kind;
      FindingKind finding;
      std::string_view sentence;
    };
    static constexpr std::array kExplanations = {
        Explanation{"double lock", FindingKind::misuse,
                    "a thread locks a mutex that it already holds"},
        Explanation{"unlock of an unlocked", FindingKind::misuse,
                    "a mutex is unlocked that is not locked, or by a thread that does not hold it"},
        Explanation{"destroy of a locked", FindingKind::misuse,
                    "a mutex is destroyed while it is locked"},
        Explanation{"invalid mutex", FindingKind::misuse,
                    "a mutex is used before it exists, or after it was destroyed"},
        Explanation{"read lock of a write locked", FindingKind::misuse,
                    "a thread takes a lock for reading that it holds for writing"},
        Explanation{"read unlock of a write locked", FindingKind::misuse,
                    "a lock that is held for writing is released as if for reading"},
        Explanation{"thread leak", FindingKind::leak, "a thread is never joined"},
        Explanation{"signal-unsafe", FindingKind::misuse,
                    "a signal handler calls a function that is not safe there"},
        Explanation{"errno", FindingKind::misuse, "a signal handler changes errno"},
        Explanation{"SEGV", FindingKind::crash,
                    "the program touched memory that is not its own (SIGSEGV)"},
        Explanation{"BUS", FindingKind::crash,
                    "the program touched memory that is not there (SIGBUS)"},
        Explanation{"FPE", FindingKind::crash, "the program divided by zero (SIGFPE)"},
        Explanation{"lock-order-inversion", FindingKind::deadlock,
                    "two locks are taken in opposite orders"}};
    Finding finding;
    finding.kind = FindingKind::misuse;
    finding.message = report.kind;
    for (const Explanation& explanation : kExplanations) {
      if (report.kind.find(explanation.kind) == std::string::npos) continue;
      finding.kind = explanation.finding;
      finding.message = std::string(explanation.sentence);
      break;
    }
    for (const ReportStack& stack : report.stacks) {
      const SourceLocation place = place_of(stack);
      if (place.line == 0) continue;
      finding.message += ": at " + describe(place);
      finding.locations.push_back(place);
      break;
    }
    return finding;
  }

  const ReportSources& sources_;
  Symbolizer& symbolizer_;
};

}  // namespace

std::string thread_sanitizer_options(const fs::path& log_path) {
  // Deadlocks are found exactly elsewhere; see the decision records for each option.
  return fmt::format(
      "log_path={}:exitcode=66:symbolize=0:atexit_sleep_ms=0:report_thread_leaks=0:"
      "detect_deadlocks=0:handle_abort=0:stack_trace_format=\"    #%n %m+%o\"",
      log_path.string());
}

std::vector<RawReport> parse_reports(std::string_view log) {
  std::vector<RawReport> reports;
  bool open = false;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    const std::string_view raw_line = log.substr(0, end);
    const std::string_view line = trimmed(raw_line);
    log.remove_prefix(std::min(end + 1, log.size()));
    const std::size_t warning = line.find(kWarning);
    const std::size_t error = line.find(kError);
    if (warning != std::string_view::npos || error != std::string_view::npos) {
      if (reports.size() == kReportsMax) return reports;
      const std::string_view rest = warning != std::string_view::npos
                                        ? line.substr(warning + kWarning.size())
                                        : line.substr(error + kError.size());
      reports.push_back({kind_of(rest), {ReportStack{}}});
      open = true;
    } else if (line.starts_with("SUMMARY: ") || line.starts_with("=====")) {
      open = false;
    } else if (!open) {
      continue;
    } else if (auto frame = parse_frame(line)) {
      if (reports.back().stacks.back().frames.size() == kFramesMax) continue;
      reports.back().stacks.back().frames.push_back(std::move(*frame));
    } else if (line.ends_with(':') && reports.back().stacks.size() < kStacksMax) {
      reports.back().stacks.push_back({std::string(line), {}});
    }
  }
  return reports;
}

std::string fatal_message(std::string_view log) {
  const std::size_t start = log.find(kFatal);
  if (start == std::string_view::npos) return {};
  return std::string(log.substr(start, log.find('\n', start) - start));
}

std::vector<Finding> explain_reports(const std::vector<RawReport>& reports,
                                     const ReportSources& sources, Symbolizer& symbolizer) {
  Explainer explainer(sources, symbolizer);
  std::vector<Finding> findings;
  for (const RawReport& report : reports) {
    if (explainer.is_false_report(report)) continue;
    Finding finding = explainer.explain(report);
    if (std::find(findings.begin(), findings.end(), finding) == findings.end()) {
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

Result<std::string> read_logs(const fs::path& log_path) {
  const std::string prefix = log_path.filename().string() + ".";
  std::map<std::pair<std::size_t, std::string>, fs::path> logs;  // by length: numeric order
  std::error_code failed;
  for (fs::directory_iterator entry(log_path.parent_path(), failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    logs[{name.size(), name}] = entry->path();
    if (logs.size() > kLogsMax) logs.erase(std::prev(logs.end()));
  }
  if (failed) return errno_error("reading " + log_path.parent_path().string(), failed.value());
  std::string text;
  for (const auto& [order, path] : logs) {
    // The folder is the submission's to write to as well: a pipe would never end, nor would a link
    // to an endless file.
    GRADER_TRY(log, read_regular_file(path, kLogBytesMax - text.size()));
    text += log;
  }
  return text;
}

const char* const kReportsLost =
    "ThreadSanitizer found something, and its report is not there: the disk is full, or the "
    "submission removed it";

}  // namespace grader
