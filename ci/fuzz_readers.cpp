#include "fuzz_readers.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "base/posix.hpp"
#include "batch/archive.hpp"
#include "explore/trace_reader.hpp"
#include "explore/tsan_report.hpp"
#include "protocol/schedule.hpp"
#include "rubric/rubric_loader.hpp"

namespace grader::testing_support {
namespace {

namespace fs = std::filesystem;

void promise(bool kept, const char* what) {
  if (!kept) throw std::logic_error(what);
}

void read_rubric(const std::string& input) {
  const RubricResult result = parse_rubric(input, "rubric.yaml", nullptr);
  if (const auto* problems = std::get_if<std::vector<RubricProblem>>(&result)) {
    promise(!problems->empty(), "a refusal names a problem");
    promise(!to_text(*problems).empty(), "a problem has a text");
  }
}

void read_schedule(const std::string& input) {
  const auto result = protocol::parse_schedule(input);
  if (const auto* schedule = std::get_if<protocol::Schedule>(&result)) {
    promise(std::holds_alternative<protocol::Schedule>(
                protocol::parse_schedule(protocol::to_text(*schedule))),
            "a schedule's text can be read again");
  }
}

void read_sanitizer_log(const std::string& input) {
  static_cast<void>(fatal_message(input));
  for (const RawReport& report : parse_reports(input)) {
    promise(!report.kind.empty(), "a report has a kind");
  }
}

/// The input lies over the regions of a small channel; its second half lies over the header too,
/// from the counts on.
void read_channel(const std::string& input) {
  constexpr protocol::ChannelSizes kSizes = {.events = 64,
                                             .text_bytes = 4096,
                                             .choices = 1,
                                             .decision_bytes = 4096,
                                             .hint_bytes = 4096,
                                             .arena_bytes = 4096};
  static std::vector<std::uint64_t> memory(protocol::channel_total_size(kSizes) / 8 + 1);
  std::fill(memory.begin(), memory.end(), 0);
  protocol::Channel::format(memory.data(), kSizes);
  auto* bytes = reinterpret_cast<char*>(memory.data());
  const std::size_t events = protocol::Channel(memory.data()).header().events_offset;
  protocol::Channel(memory.data()).header().events_used = 64;
  protocol::ChannelHeader& header = protocol::Channel(memory.data()).header();
  header.findings_used = 4;
  auto* counts = reinterpret_cast<char*>(&header.start_time_ns);
  const auto counts_size =
      static_cast<std::size_t>(reinterpret_cast<char*>(&header) + sizeof header - counts);
  const std::size_t half = input.size() / 2;
  std::memcpy(counts, input.data() + half, std::min(counts_size, input.size() - half));
  const std::size_t room = protocol::channel_total_size(kSizes) - events;
  std::memcpy(bytes + events, input.data(), std::min(room, input.size()));
  const ChannelView view{reinterpret_cast<const std::byte*>(bytes), kSizes};
  for (const TraceIds ids : {TraceIds::counted, TraceIds::kernel}) {
    const Trace trace = read_trace(view, ids, 1);
    promise(trace.size() <= kSizes.events, "a trace is no longer than its room");
    promise(!read_harness_record(trace, 0x1234'5678).closed || !trace.empty(),
            "an empty trace closes nothing");
  }
  static_cast<void>(read_findings(view));
  static_cast<void>(parse_reports(read_reports(view).text));
  static_cast<void>(read_module(view, 1));
}

void read_archive(const std::string& input) {
  std::string folder = (fs::temp_directory_path() / "grader-fuzz-XXXXXX").string();
  promise(mkdtemp(folder.data()) != nullptr, "there is room for a folder");
  const ArchiveLimits limits{1U << 20U, 50, 8};
  for (const char* name : {"a.zip", "a.tar.gz"}) {
    std::ofstream(folder + "/" + name) << input;
    fs::create_directory(folder + "/in");
    static_cast<void>(unpack(folder + "/" + name, folder + "/in", limits));
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder + "/in")) {
      promise(entry.is_directory() || (entry.is_regular_file() && !entry.is_symlink()),
              "only regular files and folders leave an archive");
      if (entry.is_regular_file()) bytes += entry.file_size();
    }
    promise(bytes <= limits.bytes_max, "an archive is no larger than its limit");
    fs::remove_all(folder + "/in");
  }
  fs::remove_all(folder);
}

}  // namespace

const std::map<std::string, Reader>& fuzz_readers() {
  static const std::map<std::string, Reader> readers = {{"rubric", read_rubric},
                                                        {"schedule", read_schedule},
                                                        {"sanitizer_log", read_sanitizer_log},
                                                        {"trace", read_channel},
                                                        {"archive", read_archive}};
  return readers;
}

}  // namespace grader::testing_support
