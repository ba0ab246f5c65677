#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "explore/symbolizer.hpp"
#include "model/finding.hpp"

namespace grader {

/// Whose code a frame of a report is in.
struct ReportSources {
  std::filesystem::path library;  ///< the submission's
  std::filesystem::path program;  ///< the scenarios
  /// As in the debug information; none: all that are not the system's.
  std::vector<std::string> student_files;
  /// A file of the student's may give its lines the name of another file.
  bool lines_may_lie = false;
};

/// One stack of a report.
struct ReportStack {
  std::string header;  ///< "Previous write of size 4 at 0x… by thread T1:"; empty for the first
  struct Frame {
    std::string module;
    std::uint64_t offset = 0;
  };
  std::vector<Frame> frames;
};

/// One report as ThreadSanitizer printed it, under the options of thread_sanitizer_options.
struct RawReport {
  std::string kind;  ///< "data race", "heap-use-after-free", "SEGV", …
  std::vector<ReportStack> stacks;
};

/// The value of TSAN_OPTIONS: reports go to `log_path`.<pid>, unsymbolised, in the form that
/// parse_reports reads.
std::string thread_sanitizer_options(const std::filesystem::path& log_path);

/// The first 400 reports in a log. What it cannot read it leaves out.
std::vector<RawReport> parse_reports(std::string_view log);

/// Whether ThreadSanitizer itself gave up ("FATAL: ThreadSanitizer: …"): the line that says why, or
/// nothing. That is never the student's doing.
std::string fatal_message(std::string_view log);

/// A finding for each distinct report, with a sentence for the student and, for a race, the places
/// of both accesses; the same for the same defect whichever access came first. Races inside the
/// standard library's own atomic<shared_ptr>, which are none, are left out, unless the names of
/// lines cannot be trusted.
std::vector<Finding> explain_reports(const std::vector<RawReport>& reports,
                                     const ReportSources& sources, Symbolizer& symbolizer);

/// The text of the first 1,000 logs `log_path`.<pid> by pid, cut at 4 MiB; what is no regular file
/// is empty. Nothing may rest on its being whole, since the submission can write there: races are
/// in the channel too (read_reports).
Result<std::string> read_logs(const std::filesystem::path& log_path);

/// What to say when ThreadSanitizer's exit status tells of reports, and none is to be found.
extern const char* const kReportsLost;

}  // namespace grader
